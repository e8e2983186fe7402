//! Every sentence that the server shows to users, in each of its languages, and the help pages.
//!
//! Never imports `chat`, `wire`, `net` or `store`: nothing here knows when a text is shown or how
//! it is sent.

mod answers;
pub(crate) mod catalogue;
mod en;
mod help;
pub mod help_page;
pub(crate) mod language;
mod moderation;
mod prompt;
mod zh;

pub use self::answers::Answers;
pub use self::catalogue::{Catalogue, fill};
pub use self::help::HelpTexts;
pub use self::language::{Lang, UnknownLang};
pub use self::moderation::ModerationTexts;
