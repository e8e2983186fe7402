//! The tables of the archive: one file for each, with the statements that read and write it.

pub mod accounts;
pub mod audit;
pub mod columns;
pub mod line_ids;
pub mod lines;
pub mod messages;
pub mod moderation;
pub mod retention;
pub mod rooms;
pub mod sanctions;
pub mod settings;
pub mod word_index;
