//! Moderation state in the tables: ranks, and the rules for the whole server and for the lobby.
//! Bans and mutes are in [`sanctions`], the audit log is in [`audit`].
//!
//! Loading skips rows that this version does not understand: a later version or a manual edit may
//! have written them, and one such row must not keep the server from starting.

use rusqlite::{Connection, Result, params};

use super::statements::{change, rows};
use super::{audit, columns, sanctions};
use crate::model::{AccountId, LobbyRules, Rank, StoredModeration};

/// Loads everything, after removing sanctions of rooms that no longer exist or that concern nobody.
///
/// A room that is not stored ends with the server, and its sanctions end with it.
pub(crate) fn load(connection: &Connection) -> Result<StoredModeration> {
    sanctions::remove_idle(connection)?;
    let mut kept = StoredModeration {
        ranks: ranks(connection)?,
        sanctions: sanctions::load(connection)?,
        audit: audit::load(connection)?,
        ..StoredModeration::default()
    };
    rows(connection, "SELECT name, value FROM rule", [], |row| {
        put(&mut kept, &columns::clean_text(row, 0)?, columns::clean_text(row, 1)?);
        Ok(())
    })?;
    Ok(kept)
}

/// Whether any account has the owner rank.
pub(crate) fn has_owner(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rank WHERE rank = ?1)";
    connection.query_one(sql, [columns::word(&Rank::Owner)], |row| row.get(0))
}

/// All accounts with a rank, in order of registration.
fn ranks(connection: &Connection) -> Result<Vec<(AccountId, Rank)>> {
    let ranks = rows(connection, "SELECT account, rank FROM rank ORDER BY account", [], |row| {
        let (account, word) = (columns::account(row, 0)?, columns::clean_text(row, 1)?);
        Ok(columns::of_word(&word).map(|rank| (account, rank)))
    })?;
    Ok(ranks.into_iter().flatten().collect())
}

/// Replaces an account's rank. Stores nothing if the account is gone: it may have been removed
/// after this change was decided.
pub(crate) fn set_rank(
    connection: &Connection,
    account: AccountId,
    rank: Option<Rank>,
) -> Result<usize> {
    let Some(rank) = rank else {
        return change(connection, "DELETE FROM rank WHERE account = ?1", [account.0]);
    };
    let sql = "INSERT OR REPLACE INTO rank SELECT id, ?2 FROM account WHERE id = ?1";
    change(connection, sql, params![account.0, columns::word(&rank)])
}

const LOCKDOWN: &str = "lockdown";
const LOBBY_TOPIC: &str = "lobby_topic";
const LOBBY_SLOW_SECS: &str = "lobby_slow_secs";

/// Sets whether only registered users may talk.
pub(crate) fn set_lockdown(connection: &Connection, is_locked: bool) -> Result<usize> {
    set_rule(connection, LOCKDOWN, is_locked.then_some("on"))
}

/// Replaces the rules of the lobby.
pub(crate) fn set_lobby(connection: &Connection, rules: &LobbyRules) -> Result<usize> {
    set_rule(connection, LOBBY_TOPIC, rules.topic.as_deref())?;
    let slow = rules.slow.map(|secs| secs.to_string());
    set_rule(connection, LOBBY_SLOW_SECS, slow.as_deref())
}

/// Replaces the value of a rule; `None` restores the default.
pub(super) fn set_rule(connection: &Connection, name: &str, value: Option<&str>) -> Result<usize> {
    let Some(value) = value else {
        return change(connection, "DELETE FROM rule WHERE name = ?1", [name]);
    };
    let sql = "INSERT OR REPLACE INTO rule (name, value) VALUES (?1, ?2)";
    change(connection, sql, [name, value])
}

/// Applies a stored rule.
fn put(kept: &mut StoredModeration, name: &str, value: Box<str>) {
    match name {
        LOCKDOWN => kept.lockdown = &*value == "on",
        LOBBY_TOPIC => kept.lobby.topic = Some(value),
        LOBBY_SLOW_SECS => kept.lobby.slow = value.parse().ok(),
        _ => {}
    }
}
