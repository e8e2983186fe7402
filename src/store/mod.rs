//! What survives a restart: one SQLite file with its tables, the threads that write and read it,
//! backup and export.
//!
//! Never imports `chat`, `wire`, `net` or `lang`. Everything but `threads` blocks, and runs on
//! threads that no user waits for.

pub mod archive;
pub mod backup;
pub mod error;
pub mod export;
pub mod open;
pub mod read;
pub mod schema;
pub mod tables;
pub mod threads;
pub mod updates;
