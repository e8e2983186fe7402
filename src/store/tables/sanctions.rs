//! Bans and mutes in the tables.

use rusqlite::{Connection, Result, Row, params};

use super::columns;
use super::statements::{change, rows};
use crate::base::address_block::AddressBlock;
use crate::model::{AccountId, LOBBY, Network, RoomId, Sanction, SanctionId, Subject};

/// Loads all that are readable, in the order in which they were imposed.
pub(crate) fn load(connection: &Connection) -> Result<Vec<Sanction>> {
    let sql = "SELECT id, kind, room, network, account, origins, name, imposed_by, imposed_at,
             until, reason
         FROM sanction ORDER BY id";
    let sanctions = rows(connection, sql, [], sanction_of)?;
    Ok(sanctions.into_iter().flatten().collect())
}

/// Adds a sanction. If its account is gone, the sanction keeps applying to the addresses it names;
/// without any, it is not stored. The account may have been removed after the sanction was decided.
pub(crate) fn add(connection: &Connection, sanction: &Sanction) -> Result<()> {
    let (network, account, origins) = match &sanction.subject {
        Subject::Network(network) => (Some(network.to_string()), None, None),
        Subject::Person { account, origins } => {
            (None, account.map(|account| account.0), text_of_origins(origins))
        }
    };
    let sql = "INSERT OR REPLACE INTO sanction (id, kind, room, network, account, origins, name,
             imposed_by, imposed_at, until, reason)
         VALUES (?1, ?2, ?3, ?4, (SELECT id FROM account WHERE id = ?5), ?6, ?7, ?8, ?9, ?10, ?11)";
    let Sanction { id: SanctionId(id), name, by, reason, .. } = sanction;
    let (kind, room) = (columns::word(&sanction.kind), sanction.room.map(|room| room.0));
    let (at, until) = (columns::seconds(sanction.at), sanction.until.map(columns::seconds));
    let values = params![id, kind, room, network, account, origins, name, by, at, until, reason];
    change(connection, sql, values)?;
    // Inserted only to be deleted, so that its number is remembered.
    let sql = format!("DELETE FROM sanction WHERE id = ?1 AND {IS_OF_NOBODY}");
    change(connection, &sql, [id])?;
    Ok(())
}

/// Removes a sanction. Does nothing if it is gone.
pub(crate) fn remove(connection: &Connection, id: SanctionId) -> Result<()> {
    change(connection, "DELETE FROM sanction WHERE id = ?1", [id.0])?;
    Ok(())
}

/// Removes sanctions that cannot apply to anybody after a restart: those of rooms that ended before
/// it, and those without a subject. A single statement is a single transaction.
pub(crate) fn remove_idle(connection: &Connection) -> Result<usize> {
    let sql = format!(
        "DELETE FROM sanction
         WHERE (room <> ?1 AND room NOT IN (SELECT id FROM room)) OR ({IS_OF_NOBODY})"
    );
    change(connection, &sql, [LOBBY.0])
}

/// True for a sanction of an account alone once that account is gone.
const IS_OF_NOBODY: &str = "network IS NULL AND account IS NULL AND origins IS NULL";

/// The sanction in this row, if this version understands it.
fn sanction_of(row: &Row<'_>) -> Result<Option<Sanction>> {
    let kind = columns::of_word(&columns::clean_text(row, "kind")?);
    let (Some(kind), Some(subject)) = (kind, subject_of(row)?) else { return Ok(None) };
    let room = match row.get::<_, Option<i64>>("room")?.map(u32::try_from) {
        None => None,
        Some(Ok(room)) => Some(RoomId(room)),
        // It must not turn into a sanction for the whole server.
        Some(Err(_)) => return Ok(None),
    };
    Ok(Some(Sanction {
        id: SanctionId(row.get("id")?),
        kind,
        room,
        subject,
        name: columns::clean_text(row, "name")?,
        by: columns::clean_text(row, "imposed_by")?,
        at: columns::time(row, "imposed_at")?,
        until: columns::time_if_any(row, "until")?,
        reason: columns::clean_text_if_any(row, "reason")?,
    }))
}

/// The subject of the sanction in this row, or `None` if it concerns nobody.
fn subject_of(row: &Row<'_>) -> Result<Option<Subject>> {
    if let Some(network) = columns::clean_text_if_any(row, "network")? {
        return Ok(network.parse().ok().map(Subject::Network));
    }
    let account = row.get::<_, Option<i64>>("account")?.map(AccountId);
    let origins = columns::clean_text_if_any(row, "origins")?.unwrap_or_default();
    let origins: Vec<AddressBlock> = origins
        .split_ascii_whitespace()
        .filter_map(|origin| origin.parse::<Network>().ok()?.origin())
        .collect();
    let is_of_nobody = account.is_none() && origins.is_empty();
    Ok((!is_of_nobody).then_some(Subject::Person { account, origins }))
}

/// The origins as networks, or `None` if there are none.
fn text_of_origins(origins: &[AddressBlock]) -> Option<String> {
    let origins: Vec<String> =
        origins.iter().map(|&origin| Network::from(origin).to_string()).collect();
    (!origins.is_empty()).then(|| origins.join(" "))
}
