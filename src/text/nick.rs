//! The names of users and rooms: what may be a name, when two are the same, and when one could be
//! mistaken for another.
//!
//! This module owns the rules for names, their keys and their looks. It does not know who has a
//! name, who may have it, or how anyone is told.
//!
//! A name has three aspects. Its spelling is what users see. Its key is the same for all spellings
//! of one name (`José`, `JOSÉ`) and is used to find it. Its looks say what else it could be
//! mistaken for (`amber`, `arnber`), so that nobody speaks in another user's name.

mod likeness;
mod reserved;
mod rules;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

/// A checked name of a user.
///
/// Names are compared by their [`key`](Nick::key) or their [`looks`](Nick::looks), depending on the
/// purpose; there is no other kind of equality.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Nick(Name);

impl Nick {
    /// A name that a user requests, without anything around it.
    ///
    /// # Errors
    ///
    /// The rule that it breaks. Letters that only differ in width (`Ｂｏｂ`) or normal form are
    /// corrected instead.
    pub fn parse(text: &str) -> Result<Nick, NickError> {
        let name = Name::new(&rules::checked(text)?);
        if reserved::is_reserved(&name) { Err(NickError::Reserved) } else { Ok(Nick(name)) }
    }

    /// A name that the server itself gives: `amber-otter`, `[::1]:8000`. It is taken as it is, is
    /// its own key, and has no looks: nobody may choose a name that looks like any of them
    /// ([`crate::text::guest_names::resembles_guest_name`]). Thousands of guests may join in
    /// one second.
    pub fn of_guest(name: impl Into<Arc<str>>) -> Nick {
        let shown: Arc<str> = name.into();
        Nick(Name { key: shown.clone(), shown, looks: NO_LOOKS.clone() })
    }

    /// The spelling that is shown.
    pub fn as_str(&self) -> &Arc<str> {
        &self.0.shown
    }

    /// Whether the server has given it, and it is the address and port of a client. No other name
    /// has a colon.
    pub fn is_address(&self) -> bool {
        self.0.shown.contains(':')
    }

    /// The key: the same for every spelling of this name, and for no other name.
    pub fn key(&self) -> &Arc<str> {
        &self.0.key
    }

    /// The looks: two names could be mistaken for each other if they share one. All names with the
    /// same key share one. A name has one to three looks: one if it is ASCII, and none if the
    /// server has given it.
    pub fn looks(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.looks()
    }
}

impl AsRef<Name> for Nick {
    fn as_ref(&self) -> &Name {
        &self.0
    }
}

impl fmt::Display for Nick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

/// The key that finds the user whose name is typed: in any case, width and normal form, and also if
/// the server gave the name. `None` if nobody could have it.
pub fn key_of(text: &str) -> Option<String> {
    if text.len() > rules::TYPED_BYTES_MAX {
        return None;
    }
    address_key(text).or_else(|| rules::spelled(text).ok().map(|name| likeness::key(&name)))
}

/// The key of a name that is an address, followed by a number if two clients share one.
fn address_key(text: &str) -> Option<String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.to_string());
    }
    let (address, number) = text.rsplit_once('-')?;
    let address: SocketAddr = address.parse().ok()?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{address}-{number}"))
}

/// A checked name of a room, written `#garden`.
///
/// The rules are those for users, but no word is reserved: no text of the server begins with the
/// name of a room alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomName(Name);

impl RoomName {
    /// The sign that every room name begins with.
    pub const SIGN: char = '#';

    /// A name that a user typed, with or without its sign. `＃`, which Chinese keyboards send, is
    /// the same sign.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<RoomName, NickError> {
        let bare = text.strip_prefix([Self::SIGN, '＃']).unwrap_or(text);
        let name = rules::checked(bare)?;
        Ok(RoomName(Name::new(&format!("{}{name}", Self::SIGN))))
    }

    /// The spelling that is shown, with its sign.
    pub fn as_str(&self) -> &Arc<str> {
        &self.0.shown
    }

    /// The key: the same for every spelling of this name, with its sign.
    pub fn key(&self) -> &Arc<str> {
        &self.0.key
    }

    /// The looks, as for a [`Nick`], with its sign.
    pub fn looks(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.looks()
    }
}

/// Equal if spelled identically.
impl PartialEq for RoomName {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RoomName {}

impl AsRef<Name> for RoomName {
    fn as_ref(&self) -> &Name {
        &self.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NickError {
    /// It is empty.
    Empty,
    /// It takes more than [`limits::NICK_COLUMNS_MAX`](crate::limits::NICK_COLUMNS_MAX) columns, or
    /// more than [`limits::NAME_BYTES_MAX`](crate::limits::NAME_BYTES_MAX) bytes.
    TooLong,
    /// This character may not be in a name, or not in its position. It may be a control character
    /// or invisible, and must be cleaned before it is shown.
    Character(char),
    /// It mixes letters of scripts that are not written together (UTS #39), such as Latin and
    /// Cyrillic.
    MixedScripts,
    /// Too many marks are stacked on one letter.
    TooManyMarks,
    /// It begins with something other than a letter or digit.
    Beginning,
    /// It ends in a full stop, which would be taken for the end of a sentence.
    Ending,
    /// It has right-to-left letters and begins with a digit, ends in a sign or has digits of two
    /// kinds, so its parts would be displayed in another order (RFC 5893 section 2).
    Direction,
    /// It could be mistaken for the server, its operators, or everyone.
    Reserved,
}

/// The looks of names given by the server: shared, because most users have such a name.
static NO_LOOKS: LazyLock<Arc<[Arc<str>]>> = LazyLock::new(|| [].into());

/// The common part of user and room names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Name {
    shown: Arc<str>,
    key: Arc<str>,
    looks: Arc<[Arc<str>]>,
}

impl Name {
    fn new(shown: &str) -> Name {
        let key = likeness::key(shown);
        let looks = likeness::looks(shown, &key).into_iter().map(Arc::from).collect();
        // Most names are their own key, and then share its memory.
        let shown: Arc<str> = shown.into();
        let key = if *key == *shown { Arc::clone(&shown) } else { key.into() };
        Name { shown, key, looks }
    }

    /// The key: the same for every spelling of this name, and for no other name.
    pub fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// What the name could be mistaken for.
    pub fn looks(&self) -> impl Iterator<Item = &Arc<str>> {
        self.looks.iter()
    }
}

#[cfg(test)]
mod tests;
