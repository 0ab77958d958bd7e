//! L2: the model of Linux' boot, one file per stage, in boot order.

pub mod signatures;
pub mod upgrade;
