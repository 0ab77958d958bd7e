//! Rules about override archives and initrds.

super::rules! {}
