//! The meaning of the server's lines for the client. The server speaks in words, in one of its
//! languages, because lines of text are all that it shares with a person on telnet.
//!
//! This module recognises a text by its template. It does not decide what follows from it.
//!
//! No user can say something that is mistaken for one of these lines: a message begins with its
//! author's name and `: `, or with `* ` and the name, and some lines have a time, a room or an
//! indent before that. Where a template begins with a name, the whole value has to be a valid name,
//! which contains no spaces and none of those signs. A user called `Welcome` is told apart from a
//! welcome.

use crate::client::texts::server::{Catalogue, catalogue};
use crate::model::language::Lang;
use crate::text::nick;

/// The room that everyone joins on connecting, unless the server says something else.
pub const LOBBY: &str = "#lobby";

/// A line that the server itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// The server has admitted us under this name.
    Welcome(&'a str),
    /// The server is shutting down.
    Goodbye,
    /// The server has removed or refused us: reconnecting is of no use.
    Removed,
    /// The server has no room for us at the moment.
    Full,
    /// The user missed this number of lines in this room, or in the current room.
    Missed {
        /// The room, if it is not the current one.
        room: Option<&'a str>,
        /// The number of lines.
        lines: usize,
    },
    /// This number of earlier lines of this room follows.
    Past {
        /// The room.
        room: &'a str,
        /// The number of lines.
        lines: usize,
    },
    /// Earlier lines of this room follow, which the user asked for.
    PastOf(&'a str),
    /// The answer continues on another page.
    More,
    /// The previous query has not been answered yet.
    Busy,
    /// This is now the user's current room.
    TalkingIn(&'a str),
    /// The user is logged in under this name.
    LoggedIn(&'a str),
    /// The login failed.
    NotLoggedIn,
    /// The user is no longer logged in.
    LoggedOut,
    /// The user has registered this name.
    Registered(&'a str),
    /// The user's password has been changed.
    PasswordChanged,
    /// Someone is now called this.
    RenamedTo(&'a str),
    /// Someone else has registered this name.
    NameRegistered(&'a str),
    /// Someone else is using this name at the moment.
    NameInUse(&'a str),
    /// The requested name is invalid, or could be mistaken for another.
    NameRefused,
}

/// A question from the server whose answer it does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerQuestion {
    /// An existing password: the user's own, or the server's.
    Password,
    /// The password of this name.
    PasswordOf(String),
    /// A new password.
    NewPassword,
    /// The new password once more.
    Again,
    /// The last password was wrong; the server asks for another one.
    AfterWrong,
}

/// The meaning of a line, if it is one of these.
pub fn read(text: &str) -> Option<Meaning<'_>> {
    Lang::ALL.into_iter().find_map(|lang| {
        let catalogue = catalogue(lang);
        read_exact(catalogue, text)
            .or_else(|| read_past(catalogue, text))
            .or_else(|| read_identity(catalogue, text))
            .or_else(|| read_place(catalogue, text))
    })
}

/// The room that the user has just created, if the line says so.
pub fn made_room(text: &str) -> Option<&str> {
    let made = |lang: Lang| Values::of(catalogue(lang).answers.made_room, text)?.get("room");
    Lang::ALL.into_iter().find_map(made).filter(|room| is_room(room))
}

/// The maximum length of a line in bytes, if this line says that one was too long.
pub fn line_limit(text: &str) -> Option<usize> {
    let limit = |lang: Lang| Values::of(catalogue(lang).line_too_long, text)?.get("limit");
    Lang::ALL.into_iter().find_map(limit)?.parse().ok()
}

/// Whether a line confirms a setting that the user has changed.
pub fn is_choice(text: &str) -> bool {
    Lang::ALL.into_iter().any(|lang| {
        let answers = &catalogue(lang).answers;
        let choices = [
            answers.now_away,
            answers.now_away_with,
            answers.quiet_on,
            answers.quiet_off,
            answers.timestamps_on,
            answers.timestamps_off,
            answers.zone_is_now,
            answers.bell_off,
            answers.bell_mentions,
            answers.bell_all,
            answers.colour_on,
            answers.colour_off,
            answers.plain_keeps_off,
            answers.plain_on,
            answers.plain_off,
        ];
        choices.into_iter().any(|template| Values::of(template, text).is_some())
    })
}

/// Whether a line says that this command does not exist.
pub fn knows_no_command(text: &str, command: &str) -> bool {
    Lang::ALL.into_iter().any(|lang| {
        let help = &catalogue(lang).help;
        let typed = |template| Values::of(template, text)?.get("typed");
        [help.unknown, help.unknown_nearest].into_iter().any(|one| typed(one) == Some(command))
    })
}

/// Whether a line says that the server rejected something it was sent, whatever that was.
pub fn is_refusal(text: &str) -> bool {
    Lang::ALL.into_iter().map(catalogue).any(|catalogue| {
        let refusals =
            [catalogue.line_too_long, catalogue.flood_not_said, catalogue.flood_not_done];
        refusals.into_iter().any(|template| Values::of(template, text).is_some())
    })
}

/// The question, if the text is the whole of one.
pub fn read_question(text: &str) -> Option<ServerQuestion> {
    Lang::ALL.into_iter().find_map(|lang| {
        let answers = &catalogue(lang).answers;
        let is = |template| Values::of(template, text).is_some_and(|values| values.are_of_house());
        let new = [
            answers.ask_first_password,
            answers.ask_new_password,
            answers.ask_after_different,
            answers.ask_after_too_short,
            answers.ask_after_too_long,
            answers.ask_after_character,
            answers.ask_after_command,
        ];
        if new.into_iter().any(is) {
            return Some(ServerQuestion::NewPassword);
        }
        let exact = [
            (answers.ask_password, ServerQuestion::Password),
            (answers.ask_password_again, ServerQuestion::Again),
            (answers.ask_after_wrong, ServerQuestion::AfterWrong),
        ];
        let is_it = |(known, _): &(&str, ServerQuestion)| *known == text;
        if let Some((_, question)) = exact.into_iter().find(is_it) {
            return Some(question);
        }
        let name = Values::of(answers.ask_password_of, text)?.get("name");
        name.filter(|name| is_name(name)).map(|name| ServerQuestion::PasswordOf(name.to_owned()))
    })
}

/// Templates without values.
fn read_exact(catalogue: &'static Catalogue, text: &str) -> Option<Meaning<'static>> {
    let answers = &catalogue.answers;
    let known = [
        (catalogue.goodbye, Meaning::Goodbye),
        (catalogue.door_closed, Meaning::Removed),
        (catalogue.handshake_timeout, Meaning::Removed),
        (catalogue.connecting_too_fast, Meaning::Full),
        (answers.more_follows, Meaning::More),
        (answers.history_is_slow, Meaning::Busy),
        (answers.password_wrong, Meaning::NotLoggedIn),
        (answers.password_changed, Meaning::PasswordChanged),
        (answers.password_changed_elsewhere, Meaning::Removed),
    ];
    known.into_iter().find(|(known, _)| *known == text).map(|(_, told)| told)
}

/// Lines about history.
fn read_past<'a>(catalogue: &'static Catalogue, text: &'a str) -> Option<Meaning<'a>> {
    let answers = &catalogue.answers;
    let missed = [
        answers.missed_since,
        answers.missed_one_since,
        answers.missed_since_in,
        answers.missed_one_since_in,
    ];
    let past = [answers.last_lines, answers.last_line];
    let with_lines = |template: &'static str| {
        let values = Values::of(template, text)?;
        let room = values.get("room");
        let is_time = |c: char| c.is_ascii_digit() || matches!(c, ' ' | ':' | '-');
        let is_one = room.is_none_or(is_room)
            && values.get("time").is_none_or(|time| time.chars().all(is_time));
        let lines = values.get("count").map_or(Ok(1), str::parse).ok()?;
        is_one.then_some((room, lines))
    };
    if let Some((room, lines)) = missed.into_iter().find_map(with_lines) {
        return Some(Meaning::Missed { room, lines });
    }
    if let Some((Some(room), lines)) = past.into_iter().find_map(with_lines) {
        return Some(Meaning::Past { room, lines });
    }
    let asked_for = [answers.history_missed, answers.history_between, answers.history_since];
    let room = |template| Values::of(template, text)?.get("room").filter(|room| is_room(room));
    asked_for.into_iter().find_map(room).map(Meaning::PastOf)
}

/// Lines about names, logins and accounts.
fn read_identity<'a>(catalogue: &'static Catalogue, text: &'a str) -> Option<Meaning<'a>> {
    let answers = &catalogue.answers;
    let name = |template| Values::of(template, text)?.get("name").filter(|name| is_name(name));
    if let Some(name) = name(answers.name_registered) {
        Some(Meaning::NameRegistered(name))
    } else if let Some(name) = name(answers.name_in_use) {
        Some(Meaning::NameInUse(name))
    } else if let Some(name) = name(answers.registered) {
        Some(Meaning::Registered(name))
    } else if let Some(name) = name(answers.logged_in_from).or(name(answers.logged_in)) {
        Some(Meaning::LoggedIn(name))
    } else if name(answers.logged_out).is_some() {
        Some(Meaning::LoggedOut)
    } else if name(answers.not_registered).is_some()
        || [answers.too_many_attempts, answers.login_failed]
            .into_iter()
            .any(|template| Values::of(template, text).is_some())
    {
        Some(Meaning::NotLoggedIn)
    } else if refuses_name(catalogue, text) {
        Some(Meaning::NameRefused)
    } else {
        let values = Values::of(answers.renamed, text)?;
        let is_of_house = values.get("name").is_some_and(is_name);
        values.get("to").filter(|name| is_of_house && is_name(name)).map(Meaning::RenamedTo)
    }
}

fn refuses_name(catalogue: &Catalogue, text: &str) -> bool {
    let answers = &catalogue.answers;
    let refusals = [
        answers.name_resembles,
        answers.name_resembles_guest,
        answers.name_is_yours,
        answers.name_is_registered,
        answers.name_empty,
        answers.name_too_long,
        answers.name_character,
        answers.name_mixes_scripts,
        answers.name_has_marks,
        answers.name_beginning,
        answers.name_direction,
        answers.name_reserved,
    ];
    // A refused name may hold nearly anything, since it is not a valid one; what people say or do
    // has a space before it.
    let is_word = |name: &str| !name.contains(char::is_whitespace) && name != "*";
    refusals.into_iter().any(|template| {
        Values::of(template, text).is_some_and(|values| values.get("name").is_none_or(is_word))
    })
}

/// Lines about rooms, and about being admitted or removed.
fn read_place<'a>(catalogue: &'static Catalogue, text: &'a str) -> Option<Meaning<'a>> {
    let (answers, order) = (&catalogue.answers, &catalogue.moderation);
    let is_any =
        |templates: &[&'static str]| templates.iter().any(|one| Values::of(one, text).is_some());
    let welcomes = [catalogue.welcome_guest, catalogue.welcome];
    let welcomed = welcomes.into_iter().find_map(|one| Values::of(one, text)?.get("name"));
    // The line may say that a user called "Welcome" has joined or left. A newly welcomed user has
    // not chosen a name yet.
    if let Some(name) = welcomed.filter(|name| is_name(name))
        && !is_any(&[catalogue.joined, catalogue.left])
    {
        return Some(Meaning::Welcome(name));
    }
    if is_any(&[catalogue.server_full, catalogue.too_many_from_address]) {
        return Some(Meaning::Full);
    }
    let is_somebody = |by| is_name(by) || by == order.operator || by == order.owner;
    let is_of_house = |template| {
        Values::of(template, text).is_some_and(|values| values.get("by").is_none_or(is_somebody))
    };
    let removals = [
        order.kicked,
        order.you_are_banned,
        order.banned_here,
        order.guests_wait,
        order.guests_banned,
    ];
    if removals.into_iter().any(is_of_house) {
        return Some(Meaning::Removed);
    }
    let joined =
        [answers.joined_room, answers.joined_empty_room, answers.made_room, answers.talking_in];
    let room = |template| Values::of(template, text)?.get("room").filter(|room| is_room(room));
    joined.into_iter().find_map(room).map(Meaning::TalkingIn)
}

/// Whether a user can have this name: it is a word without signs, or an address.
fn is_name(name: &str) -> bool {
    nick::key_of(name).is_some()
        && name.starts_with(|c: char| c == '[' || c.is_alphanumeric())
        && !name.ends_with('.')
}

fn is_room(name: &str) -> bool {
    name.strip_prefix('#').is_some_and(is_name)
}

/// The values that a text has in the places of a template's keys.
struct Values<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Values<'a> {
    /// Matches the text. `None` if it does not fit the template or has two values for one key.
    fn of(template: &'static str, text: &'a str) -> Option<Self> {
        let (first, mut template) = template.split_once('{').unwrap_or((template, ""));
        let mut rest = text.strip_prefix(first)?;
        let mut values: Vec<(&'static str, &'a str)> = Vec::new();
        while let Some((key, behind)) = template.split_once('}') {
            let (literal, next) = behind.split_once('{').unwrap_or((behind, ""));
            let end = match (literal, next) {
                ("", "") => rest.len(),
                // Of two adjacent values, the second takes everything.
                ("", _) => 0,
                // The last literal has to end the text, even if it also occurs earlier.
                (_, "") => rest.len() - rest.strip_suffix(literal).map(|_| literal.len())?,
                _ => rest.find(literal)?,
            };
            let value = &rest[..end];
            if values.iter().any(|(known, other)| *known == key && *other != value) {
                return None;
            }
            values.push((key, value));
            (rest, template) = (&rest[end + literal.len()..], next);
        }
        rest.is_empty().then_some(Self(values))
    }

    /// Whether every name is a valid name and every number a number, as in the server's own lines.
    fn are_of_house(&self) -> bool {
        self.0.iter().all(|(key, value)| match *key {
            "name" => is_name(value),
            _ => value.bytes().all(|byte| byte.is_ascii_digit()),
        })
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests;
