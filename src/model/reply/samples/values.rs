//! The values of which samples are made.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::model::{Network, Timestamp};
use crate::text::CleanText;

/// The values that are to be found again in a text, whatever its language.
pub(crate) const VALUES: [&str; 12] = [
    "quill",
    "brandt",
    "#orchard",
    "#meadow",
    "4711",
    "8150",
    "2031-05-06",
    "198.51.100.7",
    "203.0.113.0/24",
    "Pacific/Niue",
    "squeaking",
    "blossoms",
];

pub(super) fn name() -> Arc<str> {
    "quill".into()
}

pub(super) fn other() -> Arc<str> {
    "brandt".into()
}

pub(super) fn room() -> Arc<str> {
    "#orchard".into()
}

pub(super) fn reason() -> Option<Box<str>> {
    Some("squeaking".into())
}

pub(super) fn text() -> CleanText {
    CleanText::from_bytes(b"blossoms")
}

pub(super) fn network() -> Network {
    "203.0.113.0/24".parse().expect("a network")
}

/// A time on 2031-05-06.
pub(crate) fn at() -> Timestamp {
    Timestamp(SystemTime::UNIX_EPOCH + Duration::from_secs(1_935_838_800))
}
