//! The tables, and how an archive of an earlier version becomes one of this.
//!
//! A step is never changed once a version of the program has been released with it; what comes
//! later is a step of its own, at the end.

use rusqlite::{Connection, Result, TransactionBehavior};

/// Marks a SQLite file as ours: `hobn`.
pub(crate) const APPLICATION_ID: i64 = 0x686F_626E;

/// SQL that leads from each version to the next, the first from nothing to version 1.
pub(crate) const STEPS: &[&str] =
    &[include_str!("schema/1.sql"), include_str!("schema/2.sql"), include_str!("schema/3.sql")];

/// The version that so many steps lead to.
pub(crate) fn latest(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

/// What kind of file this is.
pub(crate) fn application_id(connection: &Connection) -> Result<i64> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// The version of the tables.
pub(crate) fn version(connection: &Connection) -> Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether nothing has ever been put into it: what a crash leaves that comes before the first step.
pub(crate) fn is_blank(connection: &Connection) -> Result<bool> {
    let tables: i64 =
        connection.query_one("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && application_id(connection)? == 0 && version(connection)? == 0)
}

/// Takes the steps that are still to be taken. Each is a transaction of its own together with the
/// version that it leads to: a crash leaves the archive at one version or the next.
pub(crate) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<()> {
    let taken = usize::try_from(version(connection)?).unwrap_or(0);
    for (index, step) in steps.iter().enumerate().skip(taken) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", latest(&steps[..=index]))?;
        transaction.commit()?;
    }
    Ok(())
}
