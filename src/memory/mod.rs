//! L1: what Linux says of physical memory.
