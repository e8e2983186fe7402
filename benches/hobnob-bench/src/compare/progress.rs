//! The progress bar: on standard error, and only where that is a terminal.
//!
//! It does not know what is done, but how much of it.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::case::Case;
use super::server::ServerName;

/// How often the clock in it is redrawn. Rarely, since that takes time from what is measured.
const REDRAW: Duration = Duration::from_secs(1);

/// A bar that is gone as soon as this is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of so many runs.
    pub(crate) fn of(runs: usize) -> Self {
        if !stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new(runs as u64);
        let template = "{bar:30} {pos}/{len}  {msg}  {elapsed} gone, about {eta} left";
        // A template that cannot be read would be an error in this program; the default bar does.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("##-"));
        }
        bar.enable_steady_tick(REDRAW);
        Self { bar }
    }

    /// Whose turn it is.
    pub(crate) fn turn(&self, round: usize, rounds: usize, case: Case, server: ServerName) {
        let (case, server) = (case.name(), server.name());
        self.bar.set_message(format!("round {round} of {rounds}: {case:<5} {server:<8}"));
    }

    /// One run has come to its end.
    pub(crate) fn done(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
