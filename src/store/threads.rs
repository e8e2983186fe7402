//! The threads that do slow work: one for accounts and passwords, one that writes the history, and
//! two that read it.

pub mod history;
pub mod history_reader;
pub mod history_writer;
pub mod jobs;
mod purging;
pub mod recorder;
pub mod turns;
