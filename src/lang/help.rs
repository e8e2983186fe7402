//! The help on commands in each language: a sentence on what each command does, and the surrounding
//! texts. The commands themselves and their arguments are the same in all languages.

pub(super) mod en;
pub(super) mod zh;

use crate::command::{Group, Topic};

/// The texts about commands in one language. Each field's comment names the values of its template.
#[derive(Debug)]
pub struct HelpTexts {
    /// The first lines of the list of commands: the signs that a line may begin with.
    pub introduction: &'static [&'static str],
    /// The keys that work in a line that the server edits.
    pub keys: &'static [&'static str],
    /// The title of a group of commands.
    pub group: fn(Group) -> &'static str,
    /// In the list of commands: refers to the page with moderation commands.
    pub order: &'static str,
    /// What a command does, in a sentence of at most 60 columns.
    pub description: fn(Topic) -> &'static str,
    /// More details of a command, in lines of at most 80 columns.
    pub details: fn(Topic) -> &'static [&'static str],
    /// The name of a placeholder in this language: a word in capitals in the usage of a command,
    /// such as `NAME`. `None` if it stays as it is.
    pub placeholder: fn(&str) -> Option<&'static str>,
    /// An example of a command: a line that a user could type.
    pub example_of: fn(Topic) -> &'static str,
    /// Follows that: an `{example}`.
    pub example: &'static str,
    /// Follows that: the other `{names}` of the command.
    pub other_names: &'static str,
    /// To a user who used a command incorrectly: its `{usage}` and an `{example}`.
    pub usage: &'static str,
    /// The same for a command without arguments.
    pub usage_alone: &'static str,
    /// To a user who requested an unknown change of a room: `{nearest}` was probably meant.
    pub no_room_change: &'static str,
    /// To a user who wants to set a room's password but gave none.
    pub room_password: &'static str,
    /// To a user who wants to edit a message.
    pub no_edit: &'static str,
    /// To a user who wants to clear the screen.
    pub no_clear: &'static str,
    /// To a user who typed `{typed}` instead of a duration.
    pub no_duration: &'static str,
    /// To a user who typed `{typed}`, which looks like an address but is not one.
    pub no_network: &'static str,
    /// To a user who typed `{typed}`, which is not a command.
    pub unknown: &'static str,
    /// The same if `{nearest}` was probably meant.
    pub unknown_nearest: &'static str,
}
