//! The settings of the chat.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Lang, Naming};

/// The options of the chat.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ChatOptions {
    /// How clients are named.
    pub naming: Naming,
    /// The language for users who have chosen none.
    pub lang: Lang,
    /// The number of past lines of each room that are kept in memory.
    pub recent_lines_max: usize,
    /// The origin of the ids of lines, drawn at random for each new chat.
    pub origin: u64,
    /// Number of recent lines shown to a user who joins a room.
    pub replay_lines: usize,
    /// Maximum age of those lines; `None` means any age.
    pub history_age: Option<Duration>,
    /// Whether messages are written to disk, so that users can ask for more than memory holds.
    pub keeps_history: bool,
}
