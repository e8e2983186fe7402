//! Rooms in the tables.

use std::collections::HashMap;

use rusqlite::{Connection, Result, params};

use super::columns;
use crate::model::id::{AccountId, RoomId};
use crate::model::password::PasswordHash;
use crate::model::records::RoomRecord;

/// Loads all rooms with their keys.
pub(crate) fn load(connection: &Connection) -> Result<Vec<(Box<str>, RoomRecord)>> {
    let mut invited = invitations(connection)?;
    let mut statement = connection.prepare(
        "SELECT key, id, name, owner, topic, locked, password, slow_secs, hidden
         FROM room ORDER BY key",
    )?;
    let rows = statement.query_map([], |row| {
        let key: Box<str> = row.get("key")?;
        let slow: Option<i64> = row.get("slow_secs")?;
        let room = RoomRecord {
            id: RoomId(row.get("id")?),
            name: row.get("name")?,
            owner: columns::account(row, "owner")?,
            topic: row.get("topic")?,
            locked: row.get("locked")?,
            password: columns::hash(row, "password")?,
            slow: slow.and_then(|secs| u32::try_from(secs).ok()?.try_into().ok()),
            hidden: row.get("hidden")?,
            invited: invited.remove(&key).unwrap_or_default(),
        };
        Ok((key, room))
    })?;
    rows.collect()
}

fn invitations(connection: &Connection) -> Result<HashMap<Box<str>, Vec<AccountId>>> {
    let mut invited: HashMap<Box<str>, Vec<AccountId>> = HashMap::new();
    let mut statement =
        connection.prepare("SELECT room, account FROM invitation ORDER BY rowid")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        invited.entry(row.get(0)?).or_default().push(columns::account(row, 1)?);
    }
    Ok(invited)
}

/// Adds a room or replaces it entirely. Stores nothing if the owner's account is gone, and leaves
/// out invitations for accounts that are gone: they may have been removed after this change was
/// decided.
pub(crate) fn save(connection: &Connection, key: &str, room: &RoomRecord) -> Result<()> {
    // Deletes and inserts instead of updating, because deleting the room also deletes its
    // invitations.
    connection.prepare_cached("DELETE FROM room WHERE key = ?1")?.execute([key])?;
    connection
        .prepare_cached(
            "INSERT INTO room (key, name, owner, topic, locked, password, slow_secs, hidden, id)
             SELECT ?1, ?2, id, ?4, ?5, ?6, ?7, ?8, ?9 FROM account WHERE id = ?3",
        )?
        .execute(params![
            key,
            room.name,
            room.owner.0,
            room.topic,
            room.locked,
            room.password.as_ref().map(PasswordHash::as_str),
            room.slow,
            room.hidden,
            room.id.0,
        ])?;
    for account in &room.invited {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO invitation SELECT room.key, account.id
                 FROM room, account WHERE room.key = ?1 AND account.id = ?2",
            )?
            .execute(params![key, account.0])?;
    }
    Ok(())
}

/// Removes a room with its invitations, bans and mutes.
pub(crate) fn remove(connection: &Connection, key: &str) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM sanction WHERE room IN (SELECT id FROM room WHERE key = ?1)")?
        .execute([key])?;
    connection.prepare_cached("DELETE FROM room WHERE key = ?1")?.execute([key])?;
    Ok(())
}
