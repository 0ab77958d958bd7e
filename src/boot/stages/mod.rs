//! The stages of the boot, from the firmware's memory map to the zones. In boot order:
//!
//! 1. [`e820`]: the memory map, as the command line leaves it.
//! 2. [`memblock`]: what is handed out before the SRAT is known, with the page tables of [`pagetables`].
//! 3. [`search`] and [`upgrade`]: tables of the initrd are found, judged and copied. Installation, in
//!    [`install`](super::install), follows.
//! 4. [`srat`]: what the SRAT says, and whether Linux believes it; [`fake`] is `numa=fake`.
//! 5. [`nodes`]: nodes, their memory, and the hot-pluggable marks that are left.
//! 6. [`zones`]: where ZONE_MOVABLE begins on each node.
//! 7. [`late`]: what memblock hands out once nodes are known, with [`crashkernel`] and [`set_aside`].
//!
//! [`kaslr`] says where the kernel's image may come to lie: the decompressor decides that before all of these.

pub mod crashkernel;
mod distances;
mod domains;
pub mod e820;
pub mod fake;
pub mod kaslr;
pub mod late;
pub mod memblock;
pub mod nodes;
pub mod pagetables;
pub mod search;
pub mod set_aside;
pub mod srat;
pub mod upgrade;
pub mod zones;
