//! How times, ids and words are stored in the tables.

use std::time::{Duration, SystemTime};

use rusqlite::{Result, Row, RowIndex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

use crate::model::{AccountId, PasswordHash};
use crate::text::CleanText;

/// Whole seconds since 1970; earlier times become 1970.
pub(crate) fn seconds(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The inverse of [`seconds`]. Impossible values, from manual edits, become 1970.
fn from_seconds(seconds: i64) -> SystemTime {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Milliseconds since 1970; earlier times become 1970.
pub(crate) fn milliseconds(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The inverse of [`milliseconds`]. Impossible values become 1970.
pub(crate) fn from_milliseconds(milliseconds: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(crate) fn time(row: &Row<'_>, column: impl RowIndex) -> Result<SystemTime> {
    row.get(column).map(from_seconds)
}

/// The time in this column, if there is one.
pub(crate) fn time_if_any(row: &Row<'_>, column: impl RowIndex) -> Result<Option<SystemTime>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(from_seconds))
}

/// The text in this column, cleaned: it may have been edited by hand, and it is sent to terminals.
pub(crate) fn clean_text(row: &Row<'_>, column: impl RowIndex) -> Result<Box<str>> {
    Ok(CleanText::from_bytes(row.get_ref(column)?.as_bytes()?).as_str().into())
}

/// The text in this column, if there is one.
pub(crate) fn clean_text_if_any(row: &Row<'_>, column: impl RowIndex) -> Result<Option<Box<str>>> {
    let text = row.get_ref(column)?.as_bytes_or_null()?;
    Ok(text.map(|text| CleanText::from_bytes(text).as_str().into()))
}

pub(crate) fn account(row: &Row<'_>, column: impl RowIndex) -> Result<AccountId> {
    row.get(column).map(AccountId)
}

/// The hash in this column, if there is one.
pub(crate) fn hash(row: &Row<'_>, column: impl RowIndex) -> Result<Option<PasswordHash>> {
    Ok(row.get::<_, Option<Box<str>>>(column)?.map(PasswordHash::kept))
}

/// The word that stands for a variant: its code in JSON, which never changes either.
pub(crate) fn word(variant: &impl Serialize) -> String {
    let code = serde_json::to_value(variant).unwrap_or_default();
    code.as_str().unwrap_or_default().to_owned()
}

/// The variant that a word stands for, if this version knows it.
pub(crate) fn of_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<Error>::new(word)).ok()
}
