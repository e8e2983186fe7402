//! The program's subcommands, which work with a server's data or settings.

use clap::Subcommand;

use crate::tasks::{backup, export, person, print};

/// The subcommand and its arguments.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Task {
    Export(export::ExportArguments),
    Backup(backup::BackupArguments),
    Person(person::PersonArguments),
    Config(Box<print::ConfigArguments>),
}
