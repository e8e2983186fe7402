//! What keeps order in the tables: ranks, and what holds for the whole server and for the lobby.
//! Bans and mutes, and who did what, are in [`sanctions`] and [`audit`].
//!
//! What stands there and means nothing here is passed over: a later version, or somebody's hand,
//! may have put it there, and one row of it must not keep the server from starting.

use rusqlite::{Connection, Result, params};

use super::{audit, columns, sanctions};
use crate::model::id::AccountId;
use crate::model::moderation::{KeptOrder, LobbyRules, Rank};

/// All of it. What concerns rooms that are no more, or nobody, is removed.
///
/// A new room gets a number above those of which lines or a record are kept. A room that was not
/// kept, and in which nothing was said, may have had one that is given again: its bans go before.
pub(crate) fn load(connection: &Connection) -> Result<KeptOrder> {
    sanctions::remove_idle(connection)?;
    let mut kept = KeptOrder {
        ranks: ranks(connection)?,
        sanctions: sanctions::load(connection)?,
        last_sanction: sanctions::last(connection)?,
        audit: audit::load(connection)?,
        ..KeptOrder::default()
    };
    let mut statement = connection.prepare("SELECT name, value FROM rule")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        put(&mut kept, &columns::clean_text(row, 0)?, columns::clean_text(row, 1)?);
    }
    Ok(kept)
}

/// Whether anybody is an owner.
pub(crate) fn has_owner(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rank WHERE rank = ?1)";
    connection.query_one(sql, [word_of_rank(Rank::Owner)], |row| row.get(0))
}

/// Who has a rank, in the order in which they were registered.
fn ranks(connection: &Connection) -> Result<Vec<(AccountId, Rank)>> {
    let mut ranks = Vec::new();
    let mut statement = connection.prepare("SELECT account, rank FROM rank ORDER BY account")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let rank = match row.get_ref(1)?.as_bytes()? {
            b"operator" => Rank::Operator,
            b"owner" => Rank::Owner,
            _ => continue,
        };
        ranks.push((columns::account(row, 0)?, rank));
    }
    Ok(ranks)
}

/// The word by which a rank is written down. It never changes.
fn word_of_rank(rank: Rank) -> &'static str {
    match rank {
        Rank::Operator => "operator",
        Rank::Owner => "owner",
    }
}

/// Replaces somebody's rank. Nothing is kept of an account that is gone: its removal may have been
/// decided after this was.
pub(crate) fn set_rank(
    connection: &Connection,
    account: AccountId,
    rank: Option<Rank>,
) -> Result<()> {
    match rank {
        Some(rank) => connection
            .prepare_cached("INSERT OR REPLACE INTO rank SELECT id, ?2 FROM account WHERE id = ?1")?
            .execute(params![account.0, word_of_rank(rank)])?,
        None => connection
            .prepare_cached("DELETE FROM rank WHERE account = ?1")?
            .execute([account.0])?,
    };
    Ok(())
}

const LOCKDOWN: &str = "lockdown";
const LOBBY_TOPIC: &str = "lobby_topic";
const LOBBY_SLOW_SECS: &str = "lobby_slow_secs";

/// Whether only registered people may talk.
pub(crate) fn set_lockdown(connection: &Connection, is_locked: bool) -> Result<()> {
    set_rule(connection, LOCKDOWN, is_locked.then_some("on"))
}

/// Replaces what has been decided about the lobby.
pub(crate) fn set_lobby(connection: &Connection, rules: &LobbyRules) -> Result<()> {
    set_rule(connection, LOBBY_TOPIC, rules.topic.as_deref())?;
    let slow = rules.slow.map(|secs| secs.to_string());
    set_rule(connection, LOBBY_SLOW_SECS, slow.as_deref())
}

/// Replaces what holds by this name; `None` for the default.
fn set_rule(connection: &Connection, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => connection
            .prepare_cached("INSERT OR REPLACE INTO rule (name, value) VALUES (?1, ?2)")?
            .execute([name, value])?,
        None => connection.prepare_cached("DELETE FROM rule WHERE name = ?1")?.execute([name])?,
    };
    Ok(())
}

/// Takes over what was kept.
fn put(kept: &mut KeptOrder, name: &str, value: Box<str>) {
    match name {
        LOCKDOWN => kept.lockdown = &*value == "on",
        LOBBY_TOPIC => kept.lobby.topic = Some(value),
        LOBBY_SLOW_SECS => kept.lobby.slow = value.parse().ok(),
        _ => {}
    }
}
