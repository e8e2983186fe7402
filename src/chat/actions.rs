//! Actions shared by several commands and events: joining, talking, logging in, removing.

pub(crate) mod announce;
pub(crate) mod join;
pub(crate) mod login;
pub(crate) mod remove;
pub(crate) mod say;
pub(crate) mod terminal;
pub(crate) mod unread;
