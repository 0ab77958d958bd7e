//! Rules about tables in general.

super::rules! {}
