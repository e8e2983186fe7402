//! Settings in the tables: one row per setting that differs from the default.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::{Connection, Result, params};

use super::columns;
use super::statements::{change, rows};
use crate::limits;
use crate::model::{AccountId, Lang, Settings};

/// The settings of all accounts that have changed any.
pub(crate) fn load(connection: &Connection) -> Result<HashMap<AccountId, Settings>> {
    let mut chosen: HashMap<AccountId, Settings> = HashMap::new();
    rows(connection, "SELECT account, name, value FROM setting", [], |row| {
        let settings = chosen.entry(columns::account(row, 0)?).or_default();
        put(settings, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        Ok(())
    })?;
    rows(connection, "SELECT account, ignored FROM ignored ORDER BY rowid", [], |row| {
        let settings = chosen.entry(columns::account(row, 0)?).or_default();
        settings.ignored.push(columns::account(row, 1)?);
        Ok(())
    })?;
    Ok(chosen)
}

/// Replaces an account's settings. Stores nothing for or about an account that is gone: it may have
/// been removed after this change was decided.
pub(crate) fn save(connection: &Connection, id: AccountId, settings: &Settings) -> Result<()> {
    let insert = "INSERT OR REPLACE INTO setting SELECT id, ?2, ?3 FROM account WHERE id = ?1";
    let delete = "DELETE FROM setting WHERE account = ?1 AND name = ?2";
    for name in NAMES {
        match value(settings, name) {
            Some(value) => change(connection, insert, params![id.0, name, value])?,
            None => change(connection, delete, params![id.0, name])?,
        };
    }
    change(connection, "DELETE FROM ignored WHERE account = ?1", [id.0])?;
    let insert = "INSERT OR IGNORE INTO ignored SELECT own.id, other.id
         FROM account AS own, account AS other WHERE own.id = ?1 AND other.id = ?2";
    for ignored in &settings.ignored {
        change(connection, insert, [id.0, ignored.0])?;
    }
    Ok(())
}

const NAMES: [&str; 9] =
    ["quiet", "replay", "timestamps", "zone", "bell", "colour", "edit", "plain", "lang"];

/// The stored value of a setting, or `None` if it has the default.
fn value<'a>(settings: &'a Settings, name: &str) -> Option<Cow<'a, str>> {
    let on = |set: bool| set.then_some("on");
    let chosen = |choice: Option<bool>| choice.map(|set| if set { "on" } else { "off" });
    let word = match name {
        "bell" => return settings.bell.map(|bell| columns::word(&bell).into()),
        "replay" => return settings.replay.map(|lines| lines.to_string().into()),
        "quiet" => on(settings.quiet),
        "timestamps" => on(settings.timestamps),
        "zone" => settings.zone.as_deref(),
        "colour" => chosen(settings.colour),
        "edit" => chosen(settings.edit),
        "plain" => on(settings.plain),
        "lang" => settings.lang.map(Lang::code),
        _ => None,
    };
    word.map(Cow::Borrowed)
}

/// Applies a stored setting. Ignores unknown names and values: a later version or a manual edit may
/// have written them.
fn put(settings: &mut Settings, name: &str, value: &str) {
    let chosen = match value {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    };
    match name {
        "quiet" => settings.quiet = value == "on",
        "replay" => {
            let is_possible = |&lines: &u8| usize::from(lines) <= limits::REPLAY_LINES_MAX;
            settings.replay = value.parse().ok().filter(is_possible);
        }
        "timestamps" => settings.timestamps = value == "on",
        "zone" => settings.zone = Some(value.into()),
        "bell" => settings.bell = columns::of_word(value),
        "colour" => settings.colour = chosen,
        "edit" => settings.edit = chosen,
        "plain" => settings.plain = value == "on",
        "lang" => settings.lang = value.parse().ok(),
        _ => {}
    }
}
