//! What users can ask for, and how they type it: commands, their arguments, and the prompts for
//! passwords that a command needs.
//!
//! Pure: text in, meaning out. Never imports `chat`, `wire`, `lang`, `net` or `store`: nothing here
//! knows what a command does or how the reply is worded.

mod arguments;
mod bare;
mod chat_command;
pub(crate) mod completion;
pub(crate) mod kinds;
mod moderation;
pub(crate) mod parse;
pub(crate) mod post_marks;
pub(crate) mod prompt;
mod reach;
mod secret;
mod topic;
mod typed;
mod wrong;

pub use self::bare::meant_by;
pub use self::chat_command::{ChatCommand, IdentifiedMessage};
pub use self::kinds::{
    Command, DeleteTarget, HistoryPart, RoomChange, SanctionTarget, TopicChange, Utterance,
};
pub use self::parse::{command_in, interpret, introduces};
pub use self::reach::{holds_secret, is_shown_nowhere};
pub use self::secret::Secret;
pub use self::topic::{SLASHES, TOPICS, TopicSpec};
pub use self::typed::{Typed, TypedName, TypedNick, TypedRoom, TypedZone};
pub use self::wrong::unknown_command;
