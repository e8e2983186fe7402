//! Moderation as people are told of it: names instead of ids.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::moderation::{Network, SanctionKind};
use crate::model::time::Timestamp;

/// The removal of a person from a room or the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// The moderator.
    pub by: Arc<str>,
    /// The room; `None` for the whole server.
    pub room: Option<Arc<str>>,
    /// The reason, if one was given.
    pub reason: Option<Box<str>>,
}

/// A ban or mute, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SanctionView {
    /// What it forbids.
    pub kind: SanctionKind,
    /// The person's name at the time, or the network.
    pub name: Box<str>,
    /// The moderator.
    pub by: Box<str>,
    /// The room; `None` for the whole server.
    pub room: Option<Arc<str>>,
    /// When it was imposed.
    pub at: Timestamp,
    /// When it ends; `None` if it lasts until it is lifted.
    pub until: Option<Timestamp>,
    /// The reason, if one was given.
    pub reason: Option<Box<str>>,
    /// Where the person came from, for operators.
    pub origins: Box<[Network]>,
}

/// A ban or mute, as those are told of it whom it keeps from something. They need not be the
/// person whom it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SanctionTerm {
    /// The room; `None` for the whole server.
    pub room: Option<Arc<str>>,
    /// When it ends; `None` if it lasts until it is lifted.
    pub until: Option<Timestamp>,
    /// The reason, if one was given.
    pub reason: Option<Box<str>>,
}
