//! Names in commands, as they were typed and as they are meant.
//!
//! Which spellings are the same name, and which names look alike, depends on the tables of Unicode,
//! and so on the build of the program. It is found out once, where the command is typed, and travels
//! with it: whoever carries the command out only compares.

use crate::base::zone::{UnknownZone, Zone};
use crate::text::nick::{self, NickError, RoomName};
use crate::text::wanted_nick::WantedNick;

/// A word as it was typed, and its meaning.
#[derive(Clone, Debug)]
pub struct Typed<T> {
    text: Box<str>,
    meaning: T,
}

/// The name of someone, with the key that finds them; `None` if nobody can have this name.
pub type TypedName = Typed<Option<Box<str>>>;

/// A name that someone wants to have.
pub type TypedNick = Typed<Result<WantedNick, NickError>>;

/// The name of a room.
pub type TypedRoom = Typed<Result<RoomName, NickError>>;

/// The name of a time zone.
pub type TypedZone = Typed<Result<Zone, UnknownZone>>;

impl<T> Typed<T> {
    fn new(text: &str, meaning: T) -> Self {
        Self { text: text.into(), meaning }
    }

    /// The word as it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it means.
    pub fn meaning(&self) -> &T {
        &self.meaning
    }
}

impl TypedName {
    /// The key that finds the person.
    pub fn key(&self) -> Option<&str> {
        self.meaning.as_deref()
    }
}

impl<T> PartialEq for Typed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Typed<T> {}

impl From<&str> for TypedName {
    fn from(text: &str) -> Self {
        Self::new(text, nick::key_of(text).map(String::into_boxed_str))
    }
}

impl From<&str> for TypedNick {
    fn from(text: &str) -> Self {
        Self::new(text, WantedNick::parse(text))
    }
}

impl From<&str> for TypedRoom {
    fn from(text: &str) -> Self {
        Self::new(text, RoomName::parse(text))
    }
}

impl From<&str> for TypedZone {
    fn from(text: &str) -> Self {
        Self::new(text, Zone::find(text))
    }
}
