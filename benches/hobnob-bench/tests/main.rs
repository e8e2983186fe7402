//! `hobnob-bench` as a whole: against servers inside the test that do wrong, which it has to find
//! out, and against the real ones, of which it has to say what is so. Free ports, the real
//! programs, and deadlines in place of sleeps.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

mod baseline;
mod character_mode;
mod compare;
mod complaints;
mod delivery;
mod figures;
mod history;
mod interrupt;
mod latency;
mod limit;
mod peers;
mod printing;
