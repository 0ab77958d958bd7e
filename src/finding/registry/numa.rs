//! Rules about SRAT, SLIT and the other tables of memory affinity.

super::rules! {}
