//! Private messages in the tables, kept until the recipient is back.

use rusqlite::{Connection, Result, params};

use super::columns;
use super::statements::{change, rows};
use crate::model::{AccountId, MessageId, PrivateMessage};
use crate::text::CleanText;

/// Adds a message. Adds nothing if the recipient's account is gone.
pub(crate) fn add(
    connection: &Connection,
    to: AccountId,
    message: &PrivateMessage,
) -> Result<usize> {
    let sql = "INSERT INTO message (id, recipient, sender, sender_name, text, sent_at)
         SELECT ?1, id, ?3, ?4, ?5, ?6 FROM account WHERE id = ?2";
    let PrivateMessage { id, from, sender, text, at } = message;
    change(
        connection,
        sql,
        params![id.0, to.0, sender.0, from, text.as_str(), columns::seconds(*at)],
    )
}

/// All messages with their recipients, in the order in which they were sent.
pub(crate) fn load(connection: &Connection) -> Result<Vec<(AccountId, PrivateMessage)>> {
    let sql = "SELECT id, recipient, sender_name, sender, text, sent_at FROM message ORDER BY id";
    rows(connection, sql, [], |row| {
        let message = PrivateMessage {
            id: MessageId(row.get("id")?),
            from: columns::clean_text(row, "sender_name")?,
            sender: columns::account(row, "sender")?,
            text: CleanText::from_bytes(row.get_ref("text")?.as_bytes()?),
            at: columns::time(row, "sent_at")?,
        };
        Ok((columns::account(row, "recipient")?, message))
    })
}

/// Removes an account's waiting messages, up to and including this one.
pub(crate) fn forget(connection: &Connection, id: AccountId, up_to: MessageId) -> Result<usize> {
    change(connection, "DELETE FROM message WHERE recipient = ?1 AND id <= ?2", [id.0, up_to.0])
}
