//! Actions shared by several commands and events: joining, talking, logging in, removing.

pub mod announce;
pub mod join;
pub mod login;
pub mod remove;
pub mod say;
pub mod terminal;
pub mod unread;
