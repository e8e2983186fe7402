//! The part of the test harness that all programs share. Each test target adds what it alone needs.

mod joined;
mod patience;
mod process;

pub(crate) use self::joined::Joined;
pub(crate) use self::patience::{PATIENCE, eventually};
pub(crate) use self::process::{
    Process, check_complaint, command_under, input, printed, read_in_background, run, wait,
};
