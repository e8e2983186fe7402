//! The way from data to words: each function asks the module of the language.

use crate::lang::help::HelpTexts;
use crate::lang::phrase::Phrase;
use crate::lang::startup::Startup;
use crate::lang::times::Times;
use crate::lang::{en, zh};
use crate::model::{Event, Lang, Question, Refusal, Reply};

/// The sentence that says why the server did not do something.
pub fn refusal(lang: Lang, refusal: &Refusal, times: &Times<'_>) -> String {
    match lang {
        Lang::En => en::refusal(refusal, times),
        Lang::Zh => zh::refusal(refusal, times),
    }
}

/// The sentence of a reply. For a list or a page, its heading, which may be empty; its rows are
/// made of [`phrase`]s.
pub fn reply(lang: Lang, reply: &Reply, times: &Times<'_>) -> String {
    match lang {
        Lang::En => en::reply(reply, times),
        Lang::Zh => zh::reply(reply, times),
    }
}

/// The notice of an event in a room, to the person with this name and this number of others. For
/// what somebody says, the text itself.
pub fn event(
    lang: Lang,
    event: &Event,
    name: &str,
    others: u64,
    room: &str,
    times: &Times<'_>,
) -> String {
    match lang {
        Lang::En => en::event(event, name, others, room, times),
        Lang::Zh => zh::event(event, name, others, room, times),
    }
}

/// The text of a question. The answer is typed behind it.
pub fn question(lang: Lang, question: &Question) -> String {
    match lang {
        Lang::En => en::question(question),
        Lang::Zh => zh::question(question),
    }
}

/// A phrase of a list or a page.
pub fn phrase(lang: Lang, phrase: Phrase<'_>, times: &Times<'_>) -> String {
    match lang {
        Lang::En => en::phrase(phrase, times),
        Lang::Zh => zh::phrase(phrase, times),
    }
}

/// Stands among past lines for this number of lines that were lost.
pub fn lines_lost(lang: Lang, count: u64) -> String {
    match lang {
        Lang::En => en::lines_lost(count),
        Lang::Zh => zh::lines_lost(count),
    }
}

/// To a browser or another HTTP client.
pub const fn not_http(lang: Lang) -> &'static str {
    match lang {
        Lang::En => en::NOT_HTTP,
        Lang::Zh => zh::NOT_HTTP,
    }
}

/// To an IRC client.
pub const fn not_irc(lang: Lang) -> &'static str {
    match lang {
        Lang::En => en::NOT_IRC,
        Lang::Zh => zh::NOT_IRC,
    }
}

/// To an SSH client.
pub const fn not_ssh(lang: Lang) -> &'static str {
    match lang {
        Lang::En => en::NOT_SSH,
        Lang::Zh => zh::NOT_SSH,
    }
}

/// What the operator reads when the server starts.
pub fn startup(lang: Lang) -> &'static Startup {
    match lang {
        Lang::En => &en::STARTUP,
        Lang::Zh => &zh::STARTUP,
    }
}

/// The texts of the help.
pub(super) fn help_texts(lang: Lang) -> &'static HelpTexts {
    match lang {
        Lang::En => &en::HELP,
        Lang::Zh => &zh::HELP,
    }
}
