//! `hobnob-bench` as a whole: with faulty servers inside the test, whose faults it has to report,
//! and with the real ones, for which its figures have to be right. Free ports, the real programs,
//! and deadlines instead of sleeps.

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
mod output;
mod peers;
mod tls;
