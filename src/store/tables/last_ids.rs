//! The highest ids ever assigned, so that none is given again after a restart: lines, the
//! audit log and backups may still mention what is gone.

use rusqlite::{Connection, Result};

use super::moderation::set_rule;
use super::statements::row;
use crate::model::{AccountId, LastIds, MessageId, RoomId, SanctionId};

const ACCOUNT: &str = "last_account";
const ROOM: &str = "last_room";
const MESSAGE: &str = "last_message";
const SANCTION: &str = "last_sanction";

/// The ids given so far: those that were saved, and those in the tables, which are all that earlier
/// versions of the program have left.
pub(crate) fn load(connection: &Connection) -> Result<LastIds> {
    let rooms = "SELECT max(coalesce((SELECT max(id) FROM room), 0),
         coalesce((SELECT max(room) FROM log), 0))";
    let highest = |name, sql: &str| -> Result<i64> {
        let in_tables: Option<i64> = row(connection, sql, [], |row| row.get(0))?;
        let saved = "SELECT CAST(value AS INTEGER) FROM rule WHERE name = ?1";
        let saved: Option<i64> = row(connection, saved, [name], |row| row.get(0))?;
        Ok(in_tables.max(saved).unwrap_or(0).max(0))
    };
    let numbered = |name, table: &str| {
        highest(name, &format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}'"))
    };
    Ok(LastIds {
        account: AccountId(numbered(ACCOUNT, "account")?),
        room: RoomId(u32::try_from(highest(ROOM, rooms)?).unwrap_or(u32::MAX)),
        message: MessageId(numbered(MESSAGE, "message")?),
        sanction: SanctionId(numbered(SANCTION, "sanction")?),
    })
}

/// Saves ids that have been given. Lower ones than before change nothing.
pub(crate) fn save(connection: &Connection, ids: LastIds) -> Result<()> {
    let before = load(connection)?;
    let after = before.max(ids);
    for (name, before, after) in [
        (ACCOUNT, before.account.0, after.account.0),
        (ROOM, before.room.0.into(), after.room.0.into()),
        (MESSAGE, before.message.0, after.message.0),
        (SANCTION, before.sanction.0, after.sanction.0),
    ] {
        if after > before {
            set_rule(connection, name, Some(&after.to_string()))?;
        }
    }
    Ok(())
}
