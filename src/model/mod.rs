//! The plain data that all other folders share: events, replies, ids, records,
//! settings, jobs.
//!
//! Nothing here needs a thread, a file or a socket. Never imports anything but `base` and `text`.

pub(crate) mod close_reason;
pub mod delivery;
pub mod event;
pub mod frame;
pub mod history;
pub mod id;
pub mod job;
pub mod language;
pub mod moderation;
pub mod motd;
pub mod newcomer;
pub mod password;
pub mod presentation;
pub mod prompt;
pub mod records;
pub mod refusal;
pub mod reply;
pub mod sanction_view;
pub mod settings;
pub mod time;
pub mod topic;
pub mod traffic;
pub mod update;
