//! Actions shared by several commands and events: joining, talking, logging in, moderating,
//! removing.

pub(crate) mod admit;
pub(crate) mod announce;
pub(crate) mod join;
pub(crate) mod login;
pub(crate) mod membership;
pub(crate) mod moderate;
pub(crate) mod ownership;
pub(crate) mod promise;
pub(crate) mod remove;
pub(crate) mod replay;
pub(crate) mod say;
pub(crate) mod unread;
pub(crate) mod view;
