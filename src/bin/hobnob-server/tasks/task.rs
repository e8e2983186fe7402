//! What the program can do instead of serving: something with what a server keeps, or with its
//! settings.

use clap::Subcommand;

use crate::tasks::{backup, export, print};

/// As it is asked for.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Task {
    Export(export::Arguments),
    Backup(backup::Arguments),
    Config(Box<print::Arguments>),
}
