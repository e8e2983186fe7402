//! The commands, one file for each group.

pub mod account;
pub mod audit;
pub mod ban;
pub mod complete;
pub mod dispatch;
pub mod history;
pub mod history_page;
pub mod job_outcomes;
pub mod lists;
pub mod message;
pub mod post;
pub mod room;
pub mod room_settings;
pub mod server_info;
pub mod settings;
pub mod unban;
