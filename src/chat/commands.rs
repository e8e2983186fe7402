//! The commands, one file for each group.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod ban;
pub(crate) mod delete;
pub(crate) mod dispatch;
mod erase;
pub(crate) mod history;
pub(crate) mod history_page;
pub(crate) mod kick;
pub(crate) mod lists;
pub(crate) mod lockdown;
pub(crate) mod message;
pub(crate) mod once;
pub(crate) mod post;
pub(crate) mod rank;
pub(crate) mod rename;
pub(crate) mod room;
pub(crate) mod room_settings;
pub(crate) mod server_info;
pub(crate) mod settings;
pub(crate) mod unban;
pub(crate) mod verdicts;
