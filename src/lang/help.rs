//! The help on commands, in each language: what each command does, in a sentence, and the words
//! around that. The commands themselves and their arguments are the same in all.

pub(super) mod en;
pub(super) mod zh;

use crate::command::{Group, Topic};

/// The texts of one language about commands. Each field says what may stand in it.
#[derive(Debug)]
pub struct HelpTexts {
    /// The first lines of the list of commands: the signs that a line may begin with.
    pub introduction: &'static [&'static str],
    /// The keys that work where this server edits the line that somebody types.
    pub keys: &'static [&'static str],
    /// The title of a group of commands.
    pub group: fn(Group) -> &'static str,
    /// In the list of commands, for those that keep order: where they are listed.
    pub order: &'static str,
    /// What a command does, in a sentence of at most 60 columns.
    pub description: fn(Topic) -> &'static str,
    /// What else there is to know of it, in lines of at most 80 columns.
    pub details: fn(Topic) -> &'static [&'static str],
    /// Below that: `{example}`.
    pub example: &'static str,
    /// And the other `{names}` of the command.
    pub other_names: &'static str,
    /// To who used a command in another way than by `{usage}`, of which `{example}` is one.
    pub usage: &'static str,
    /// The same for a command that takes nothing.
    pub usage_alone: &'static str,
    /// To who wants to change something of a room that there is not, but `{nearest}`.
    pub no_room_change: &'static str,
    /// To who wants to set a room's password, without one.
    pub room_password: &'static str,
    /// To who wants to edit what was said.
    pub no_edit: &'static str,
    /// To who wants to clear the screen.
    pub no_clear: &'static str,
    /// To who typed `{typed}` where a length of time is due.
    pub no_duration: &'static str,
    /// To who typed `{typed}`, which looks like an address.
    pub no_network: &'static str,
    /// To who typed the name `{typed}` of no command.
    pub unknown: &'static str,
    /// The same where `{nearest}` was probably meant.
    pub unknown_nearest: &'static str,
}
