//! Every sentence that the server shows to users, in each of its languages, and the help pages.
//!
//! There is a module for each language. In it, a function for each kind of data matches every
//! variant, so that none can lack its words. To add a language, add such a module and a variant to
//! [`Lang`](crate::model::language::Lang). Logs, `--help` and errors on standard error are for
//! operators and stay in English.
//!
//! Never imports `chat`, `wire`, `net` or `store`: nothing here knows when a text is shown or how
//! it is sent.

mod en;
mod help;
pub mod help_page;
mod phrase;
mod startup;
mod texts;
mod times;
mod zh;

#[cfg(test)]
mod tests;

pub use self::phrase::{Mark, Phrase};
pub use self::startup::Startup;
pub use self::texts::{
    event, lines_lost, not_http, not_irc, not_ssh, phrase, question, refusal, reply, startup,
};
pub use self::times::Times;
