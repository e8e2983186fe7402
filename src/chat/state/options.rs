//! The settings of the chat.

use std::time::Duration;

use crate::chat::state::room::RoomStyle;
use crate::model::newcomer::Naming;

/// The options of the chat.
#[derive(Clone, Copy, Debug)]
pub struct ChatOptions {
    /// How clients are named.
    pub naming: Naming,
    /// How lines are shown.
    pub style: RoomStyle,
    /// Drawn at random at each start; seeds guest names and the identities of lines.
    pub seed: u64,
    /// Number of recent lines shown to a user who joins a room.
    pub replay_lines: usize,
    /// Maximum age of those lines; `None` means any age.
    pub history_age: Option<Duration>,
    /// Whether messages are written to disk, so that users can ask for more than memory holds.
    pub keeps_history: bool,
}
