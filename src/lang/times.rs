//! How times are written, the same in all languages.

use std::time::SystemTime;

use crate::base::zone::{self, Zone};
use crate::model::Timestamp;
use crate::text::CleanText;

/// What the words of a time depend on.
#[derive(Clone, Copy, Debug)]
pub struct Times<'a> {
    /// The reader's time zone.
    pub zone: &'a Zone,
    /// The time at which they read it.
    pub now: SystemTime,
}

impl Times<'_> {
    /// The date.
    pub fn date(&self, at: Timestamp) -> String {
        zone::date(at.0, self.zone)
    }

    /// The date and the time of day.
    pub fn date_and_time(&self, at: Timestamp) -> String {
        zone::date_and_time(at.0, self.zone)
    }

    /// The time of day, with the date unless that is today's.
    pub fn short(&self, at: Timestamp) -> String {
        zone::time_of_day_or_date(at.0, self.now, self.zone)
    }
}

/// The character itself, or its code: it may be unsafe for a terminal, or a combining mark, which
/// shows nothing on its own.
pub(super) fn shown_character(character: char) -> String {
    let clean = CleanText::from_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
    match clean.as_str().trim() {
        "" => format!("U+{:04X}", u32::from(character)),
        _ => clean.as_str().to_owned(),
    }
}
