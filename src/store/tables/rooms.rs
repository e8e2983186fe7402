//! Rooms in the tables.

use std::collections::HashMap;

use rusqlite::{Connection, Result, params};

use super::columns;
use super::statements::{change, rows};
use crate::model::{AccountId, PasswordHash, RoomId, RoomRecord};

/// Loads all rooms with their keys.
pub(crate) fn load(connection: &Connection) -> Result<Vec<(Box<str>, RoomRecord)>> {
    let mut invited = invitations(connection)?;
    let sql = "SELECT key, id, name, owner, topic, locked, password, slow_secs, hidden
         FROM room ORDER BY key";
    rows(connection, sql, [], |row| {
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
    })
}

fn invitations(connection: &Connection) -> Result<HashMap<Box<str>, Vec<AccountId>>> {
    let mut invited: HashMap<Box<str>, Vec<AccountId>> = HashMap::new();
    rows(connection, "SELECT room, account FROM invitation ORDER BY rowid", [], |row| {
        invited.entry(row.get(0)?).or_default().push(columns::account(row, 1)?);
        Ok(())
    })?;
    Ok(invited)
}

/// Adds a room or replaces it entirely. Stores nothing if the owner's account is gone, and leaves
/// out invitations for accounts that are gone: they may have been removed after this change was
/// decided.
pub(crate) fn save(connection: &Connection, key: &str, room: &RoomRecord) -> Result<()> {
    // Deletes and inserts instead of updating, because deleting the room also deletes its
    // invitations.
    change(connection, "DELETE FROM room WHERE key = ?1", [key])?;
    let sql = "INSERT INTO room (key, name, owner, topic, locked, password, slow_secs, hidden, id)
         SELECT ?1, ?2, id, ?4, ?5, ?6, ?7, ?8, ?9 FROM account WHERE id = ?3";
    let RoomRecord { id, name, owner, topic, locked, slow, hidden, .. } = room;
    let password = room.password.as_ref().map(PasswordHash::as_str);
    let values = params![key, name, owner.0, topic, locked, password, slow, hidden, id.0];
    change(connection, sql, values)?;
    let sql = "INSERT OR IGNORE INTO invitation SELECT room.key, account.id
         FROM room, account WHERE room.key = ?1 AND account.id = ?2";
    for account in &room.invited {
        change(connection, sql, params![key, account.0])?;
    }
    Ok(())
}

/// Removes a room with its invitations, bans and mutes.
pub(crate) fn remove(connection: &Connection, id: RoomId) -> Result<()> {
    change(connection, "DELETE FROM sanction WHERE room = ?1", [id.0])?;
    change(connection, "DELETE FROM room WHERE id = ?1", [id.0])?;
    Ok(())
}
