//! The tables of the archive: one file for each, with the statements that read and write it.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod columns;
pub(crate) mod erasures;
pub(crate) mod last_ids;
pub(crate) mod line_ids;
pub(crate) mod lines;
pub(crate) mod messages;
pub(crate) mod moderation;
pub(crate) mod remains;
pub(crate) mod retention;
pub(crate) mod rooms;
pub(crate) mod sanctions;
pub(crate) mod settings;
pub(crate) mod statements;
pub(crate) mod word_index;
