//! What survives a restart: one SQLite file with its tables, the threads that write and read it,
//! backup and export.
//!
//! Never imports `chat`, `wire`, `net` or `lang`. Every call outside `threads` may block, so it
//! runs on threads that no connection depends on.

pub mod archive;
pub mod backup;
pub mod error;
pub mod export;
pub(crate) mod open;
pub mod person;
mod promises;
pub mod read;
pub(crate) mod schema;
pub(crate) mod tables;
pub mod threads;
pub(crate) mod updates;
