//! What the program can do instead of serving: something with what a server keeps.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::{backup, export};

/// As it is asked for.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Task {
    Export(export::Arguments),
    Backup(backup::Arguments),
}

impl Task {
    /// The server's folder.
    pub(crate) fn folder(&self) -> Result<PathBuf, String> {
        match self {
            Self::Export(arguments) => arguments.server.folder(),
            Self::Backup(arguments) => arguments.server.folder(),
        }
    }

    /// Does it.
    pub(crate) fn run(&self, folder: &Path) -> anyhow::Result<()> {
        match self {
            Self::Export(arguments) => export::run(arguments, folder),
            Self::Backup(arguments) => backup::run(arguments, folder),
        }
    }
}
