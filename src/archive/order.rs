//! What keeps order in the tables: ranks, and what holds for the whole server and for the lobby.
//! Bans and mutes, and who did what, are in [`sanctions`] and [`audit`].
//!
//! What stands there and means nothing here is passed over: a later version, or somebody's hand,
//! may have put it there, and one row of it must not keep the server from starting.

use rusqlite::{Connection, Result, Transaction, TransactionBehavior, params};

use super::{audit, columns, sanctions};
use crate::id::AccountId;
use crate::moderation::{AuditEntry, KeptOrder, LobbyRules, OrderChange, Rank};

/// All of it. What concerns rooms that are no more, or nobody, is removed.
///
/// A new room gets a number above those of which lines or a record are kept. A room that was not
/// kept, and in which nothing was said, may have had one that is given again: its bans go before.
pub(super) fn load(connection: &Connection) -> Result<KeptOrder> {
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

/// Keeps the change and the entry, both or neither.
pub(super) fn keep(
    connection: &mut Connection,
    change: Option<&OrderChange>,
    entry: Option<&AuditEntry>,
) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match change {
        Some(OrderChange::Rank { account, rank }) => set_rank(&transaction, *account, *rank)?,
        Some(OrderChange::Impose { sanction, replaced }) => {
            sanctions::remove(&transaction, replaced)?;
            sanctions::add(&transaction, sanction)?;
        }
        Some(OrderChange::Lift(ids)) => sanctions::remove(&transaction, ids)?,
        Some(OrderChange::Lockdown(is_locked)) => {
            set_rule(&transaction, LOCKDOWN, is_locked.then_some("on"))?;
        }
        Some(OrderChange::Lobby(LobbyRules { topic, slow })) => {
            set_rule(&transaction, LOBBY_TOPIC, topic.as_deref())?;
            let slow = slow.map(|secs| secs.to_string());
            set_rule(&transaction, LOBBY_SLOW_SECS, slow.as_deref())?;
        }
        None => {}
    }
    if let Some(entry) = entry {
        audit::add(&transaction, entry)?;
    }
    transaction.commit()
}

/// Whether anybody is an owner.
pub(super) fn has_owner(connection: &Connection) -> Result<bool> {
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
fn set_rank(transaction: &Transaction<'_>, account: AccountId, rank: Option<Rank>) -> Result<()> {
    match rank {
        Some(rank) => transaction
            .prepare_cached("INSERT OR REPLACE INTO rank SELECT id, ?2 FROM account WHERE id = ?1")?
            .execute(params![account.0, word_of_rank(rank)])?,
        None => transaction
            .prepare_cached("DELETE FROM rank WHERE account = ?1")?
            .execute([account.0])?,
    };
    Ok(())
}

const LOCKDOWN: &str = "lockdown";
const LOBBY_TOPIC: &str = "lobby_topic";
const LOBBY_SLOW_SECS: &str = "lobby_slow_secs";

/// Replaces what holds by this name; `None` for the default.
fn set_rule(transaction: &Transaction<'_>, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => transaction
            .prepare_cached("INSERT OR REPLACE INTO rule (name, value) VALUES (?1, ?2)")?
            .execute([name, value])?,
        None => transaction.prepare_cached("DELETE FROM rule WHERE name = ?1")?.execute([name])?,
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
