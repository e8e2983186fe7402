//! Accounts in the tables.

use std::collections::HashMap;
use std::time::SystemTime;

use rusqlite::{Connection, Result, params};

use super::statements::{change, rows};
use super::{columns, settings};
use crate::model::{Account, AccountId, PasswordHash, Settings};

/// Loads all accounts with their keys, in order of registration.
pub(crate) fn load(connection: &Connection) -> Result<Vec<(Box<str>, Account)>> {
    let mut chosen: HashMap<AccountId, Settings> = settings::load(connection)?;
    let sql = "SELECT id, key, name, password, registered_at, seen_at FROM account ORDER BY id";
    rows(connection, sql, [], |row| {
        let id = columns::account(row, "id")?;
        let account = Account {
            id,
            name: row.get("name")?,
            password: PasswordHash::kept(row.get("password")?),
            registered_at: columns::time(row, "registered_at")?,
            seen_at: columns::time(row, "seen_at")?,
            settings: chosen.remove(&id).unwrap_or_default(),
        };
        Ok((row.get("key")?, account))
    })
}

/// Adds an account.
pub(crate) fn add(connection: &Connection, key: &str, account: &Account) -> Result<()> {
    let sql = "INSERT INTO account (id, key, name, password, registered_at, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Account { id, name, password, registered_at, seen_at, settings } = account;
    let (registered_at, seen_at) = (columns::seconds(*registered_at), columns::seconds(*seen_at));
    change(connection, sql, params![id.0, key, name, password.as_str(), registered_at, seen_at])?;
    settings::save(connection, *id, settings)
}

/// Replaces the password. Returns whether the account exists.
pub(crate) fn set_password(
    connection: &Connection,
    id: AccountId,
    password: &PasswordHash,
) -> Result<bool> {
    let sql = "UPDATE account SET password = ?2 WHERE id = ?1";
    Ok(change(connection, sql, params![id.0, password.as_str()])? > 0)
}

/// Replaces the spelling of the name. Returns whether the account exists.
pub(crate) fn set_name(connection: &Connection, id: AccountId, name: &str) -> Result<bool> {
    let sql = "UPDATE account SET name = ?2 WHERE id = ?1";
    Ok(change(connection, sql, params![id.0, name])? > 0)
}

/// Replaces the time its owner was last here. Returns whether the account exists.
pub(crate) fn set_seen(connection: &Connection, id: AccountId, at: SystemTime) -> Result<bool> {
    let sql = "UPDATE account SET seen_at = ?2 WHERE id = ?1";
    Ok(change(connection, sql, params![id.0, columns::seconds(at)])? > 0)
}

/// Removes an account. Foreign keys also remove its settings, its rooms, its rank, invitations for
/// it, messages to it, and the entries that ignore it. Bans and mutes of it still apply to the
/// addresses it came from. Those in its rooms stay as well: a room may pass to another user who is
/// there.
pub(crate) fn remove(connection: &Connection, id: AccountId) -> Result<usize> {
    change(connection, "DELETE FROM account WHERE id = ?1", [id.0])
}
