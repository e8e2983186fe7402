//! Private messages in the tables, kept until the recipient is back.

use std::time::SystemTime;

use rusqlite::{Connection, Result, params};

use super::columns;
use super::statements::{change, rows};
use crate::limits;
use crate::model::{AccountId, MailboxResult, PrivateMessage};

/// Stores a message, unless too many are waiting already.
pub(crate) fn leave(
    connection: &mut Connection,
    to: AccountId,
    sender: AccountId,
    from: &str,
    text: &str,
    at: SystemTime,
) -> Result<MailboxResult> {
    let transaction = connection.transaction()?;
    let (all, own): (u32, u32) = transaction
        .prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE sender = ?2)
             FROM message WHERE recipient = ?1",
        )?
        .query_one([to.0, sender.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if all >= limits::PRIVATE_MESSAGES_KEPT_MAX || own >= limits::PRIVATE_MESSAGES_PER_SENDER_MAX {
        return Ok(MailboxResult::Full);
    }
    let sql = "INSERT INTO message (recipient, sender, sender_name, text, sent_at)
         SELECT id, ?2, ?3, ?4, ?5 FROM account WHERE id = ?1";
    let values = params![to.0, sender.0, from, text, columns::seconds(at)];
    let kept = change(&transaction, sql, values)?;
    transaction.commit()?;
    Ok(if kept > 0 { MailboxResult::Kept } else { MailboxResult::NoRecipient })
}

/// The messages waiting for an account, in the order in which they were sent.
pub(crate) fn waiting_for(connection: &Connection, id: AccountId) -> Result<Vec<PrivateMessage>> {
    let sql = "SELECT id, sender_name, sender, text, sent_at
         FROM message WHERE recipient = ?1 ORDER BY id";
    rows(connection, sql, [id.0], |row| {
        Ok(PrivateMessage {
            id: row.get("id")?,
            from: row.get("sender_name")?,
            sender: columns::account(row, "sender")?,
            text: row.get("text")?,
            at: columns::time(row, "sent_at")?,
        })
    })
}

/// Removes an account's waiting messages, up to and including this one.
pub(crate) fn forget(connection: &Connection, id: AccountId, up_to: i64) -> Result<usize> {
    change(connection, "DELETE FROM message WHERE recipient = ?1 AND id <= ?2", [id.0, up_to])
}
