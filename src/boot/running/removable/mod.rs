//! Whether memory blocks can go offline now: what Linux would say, from what a running system shows of its pages.
//!
//! # Kernel
//! `offline_pages` and `do_migrate_range` in mm/memory_hotplug.c, `has_unmovable_pages` in mm/page_isolation.c; 5.10 to 7.3.
//! tests/offline has what kernels did with blocks that were asked for.

mod judge;
mod nodes;

pub use judge::{Block, System, judge};
pub use nodes::{Gigabytes, NodeSum, Run, gigabytes, nodes, runs};

use crate::boot::running::blocks::Verdict;
use crate::bytes::size;
use crate::foreign::Foreign;
use crate::memory::PAGE_SIZE;
use crate::memory::page_owner::Use;
use crate::phrase::{self, words};

words! {
    /// Whether a block can go offline.
    #[derive(PartialOrd, Ord)]
    pub enum Answer {
        /// Linux refuses.
        No = "no",
        /// What would decide could not be read.
        Unknown = "unknown",
        /// It depends on what is named.
        Maybe = "maybe",
        /// Nothing in it holds it.
        Yes = "yes",
    }
}

impl From<Verdict> for Answer {
    /// What the model of the boot says of a block that nobody looked into.
    fn from(verdict: Verdict) -> Answer {
        match verdict {
            Verdict::Never => Answer::No,
            Verdict::Maybe => Answer::Maybe,
            Verdict::Yes => Answer::Yes,
        }
    }
}

/// What is in the way, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    /// No RAM, or no page frame.
    Hole,
    /// Reserved at boot and never given back.
    Reserved,
    /// The kernel's small objects.
    Slab,
    /// Page tables.
    PageTable,
    /// Other memory of the kernel: vmalloc, per-cpu data, stacks, buffers of drivers.
    Kernel,
    /// Huge pages of hugetlbfs.
    Hugetlb,
    /// Pages that no flag tells of, so few that all of them can be free on lists of processors; or of another kind than
    /// is known here.
    Unknown,
    /// Page cache that is never written out: ramfs, secret memory, graphics.
    Unevictable,
    /// Page cache with data of a file system beside it.
    FileSystem,
    /// Given to a hypervisor.
    Balloon,
    /// Broken.
    Poisoned,
}

impl HoldKind {
    /// Whether such pages may turn out free, or be made so.
    pub fn may_be_free(self) -> bool {
        matches!(self, HoldKind::Unknown | HoldKind::FileSystem)
    }

    /// What page_owner calls such pages; `None` where it says nothing of them.
    pub fn owned(self) -> Option<Use> {
        match self {
            HoldKind::Slab => Some(Use::Slab),
            HoldKind::PageTable => Some(Use::PageTable),
            HoldKind::Kernel | HoldKind::Unknown => Some(Use::Kernel),
            _ => None,
        }
    }

    /// The words for so many of them.
    fn words(self, pages: u64) -> String {
        let (one, many) = match self {
            HoldKind::Hole => ("page that is not RAM", "pages that are not RAM"),
            HoldKind::Reserved => ("page reserved at boot", "pages reserved at boot"),
            HoldKind::Slab => ("slab page", "slab pages"),
            HoldKind::PageTable => ("page table", "page tables"),
            HoldKind::Kernel => ("other page of the kernel", "other pages of the kernel"),
            HoldKind::Hugetlb => ("page of hugetlbfs", "pages of hugetlbfs"),
            HoldKind::Unknown => ("page without flags", "pages without flags"),
            HoldKind::Unevictable => ("page of ramfs or the like", "pages of ramfs or the like"),
            HoldKind::FileSystem => ("page with data of a file system", "pages with data of a file system"),
            HoldKind::Balloon => ("page given to the hypervisor", "pages given to the hypervisor"),
            HoldKind::Poisoned => ("broken page", "broken pages"),
        };
        format!("{pages} {}", if pages == 1 { one } else { many })
    }
}

/// Pages that are in the way, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What they are.
    pub kind: HoldKind,
    /// How many.
    pub pages: u64,
    /// The first of them.
    pub first_pfn: u64,
    /// What is there, as far as anything says.
    pub what: Option<Foreign>,
    /// The functions of the kernel that asked for them, as far as page_owner says, with their pages, the most first.
    pub by: Vec<(Foreign, u64)>,
}

/// How many functions are named in one sentence.
const MOST_FUNCTIONS: usize = 3;

impl Hold {
    fn words(&self) -> Foreign {
        let what = self.what.as_ref().map(|what| Foreign::from(": ") + what).unwrap_or_default();
        let names = self.by.iter().map(|(name, _)| name.clone());
        let by = if self.by.is_empty() { "" } else { ", asked for by " };
        let pages = self.kind.words(self.pages);
        Foreign::from(format_args!("{pages} from pfn {:#x}", self.first_pfn))
            + what
            + by
            + phrase::first_of(names, MOST_FUNCTIONS)
    }
}

/// What the answer follows from, beside the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerReason {
    /// It is offline.
    IsOffline,
    /// The kernel was built without CONFIG_MEMORY_HOTREMOVE.
    NotConfigured,
    /// On arm64 memory that was there at boot never goes.
    BootMemory,
    /// The same, and nothing says whether it was there.
    PerhapsBootMemory,
    /// `valid_zones` is none.
    NoSingleZone,
    /// Pages that do not move.
    Held,
    /// Pages that may not move, in a zone of the kernel.
    MayBeHeld,
    /// Pages that should not be in ZONE_MOVABLE: Linux would try until a signal ends it.
    Stray,
    /// Pages of the node that are pinned.
    Pinned(u64),
    /// There are more pages to move than are free where they can go; both in bytes.
    NoRoom {
        /// What has to move.
        need: u64,
        /// What is free there.
        room: u64,
    },
    /// Huge pages that need others elsewhere; bytes that are free there.
    HugePages(u64),
    /// The flags of its pages could not be read, and why.
    NotRead(Foreign),
    /// It went away, or is on its way.
    Changing,
    /// So many bytes of it are used, and all of them move.
    Moves(u64),
    /// All of it is free.
    IsFree,
}

impl AnswerReason {
    fn words(&self) -> Foreign {
        let said: &str = match self {
            AnswerReason::IsOffline => "it is offline",
            AnswerReason::NotConfigured => "the kernel was built without CONFIG_MEMORY_HOTREMOVE",
            AnswerReason::BootMemory => "arm64: memory that was there at boot never goes offline",
            AnswerReason::PerhapsBootMemory => {
                "arm64: it goes only if it was added after boot, and no log of the boot says so"
            }
            AnswerReason::NoSingleZone => {
                "several zones or nodes, or a hole, are in it (valid_zones is none)"
            }
            AnswerReason::Held => "they do not move",
            AnswerReason::MayBeHeld => "Linux moves them where it can",
            AnswerReason::Stray => "Linux may try to move them without end",
            AnswerReason::Pinned(pages) => {
                return format!("{pages} pages of the node are pinned at the moment, perhaps here").into();
            }
            AnswerReason::NoRoom { need, room } => {
                let (need, room) = (size(*need), size(*room));
                return format!("{need} have to move, and {room} are free where they can go").into();
            }
            AnswerReason::HugePages(room) => {
                let room = size(*room);
                return format!("huge pages need free ones on other nodes, where {room} are free").into();
            }
            AnswerReason::NotRead(why) => {
                return Foreign::from("the flags of its pages are not known: ") + why;
            }
            AnswerReason::Changing => "it changed while it was looked at",
            AnswerReason::Moves(bytes) => {
                return format!("{} are used, and all of that moves", size(*bytes)).into();
            }
            AnswerReason::IsFree => "all of it is free",
        };
        said.into()
    }
}

/// Whether a block can go offline, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The answer.
    pub answer: Answer,
    /// Pages that are in the way, or may be; what is surely in the way first.
    pub held_by: Vec<Hold>,
    /// What it follows from.
    pub reasons: Vec<AnswerReason>,
    /// Bytes of it that have to move.
    pub moves: u64,
}

impl Judged {
    /// Why, in words.
    pub fn why(&self) -> Foreign {
        let held = self.held_by.iter().map(Hold::words);
        Foreign::joined(held.chain(self.reasons.iter().map(AnswerReason::words)), "; ")
    }
}

/// Page frames in so many bytes.
fn pages(bytes: u64) -> u64 {
    bytes / PAGE_SIZE
}
