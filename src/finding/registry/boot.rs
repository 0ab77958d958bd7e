//! Rules about the boot to predict.

super::rules! {}
