//! The benchmark as a process, and the servers that it runs against.
//!
//! [`FakeServer`] is a faulty server, [`Served`] is a real one, and [`script`] makes a program that
//! stands in for one.

#[path = "../../../tests/harness/mod.rs"]
mod common;
mod fake;
mod program;
mod results;
mod sealed;
mod served;

pub(crate) use self::common::{
    Joined, PATIENCE, Process, check_complaint, eventually, printed, read_in_background, run, wait,
};
pub(crate) use self::fake::{FakeServer, Receiver, Said};
pub(crate) use self::program::{
    BENCH, bench, bench_under, children_of, complains, descriptors, hobnob_server, measures,
    run_into, script,
};
pub(crate) use self::results::{Comparison, compare, compare_into};
pub(crate) use self::served::Served;
