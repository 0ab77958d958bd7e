//! L1: what tables travel in.
