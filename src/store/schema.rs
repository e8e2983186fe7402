//! The tables, and how an archive of an earlier version is migrated.
//!
//! Once a version of the program has been released, its steps never change; later changes are new
//! steps at the end.

use rusqlite::{Connection, Result, TransactionBehavior};

/// The application id that marks a SQLite file as ours: `hobn`.
pub(crate) const APPLICATION_ID: i64 = 0x686F_626E;

/// The SQL that leads from each version to the next, beginning with an empty file.
pub(crate) const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
];

/// The version after all of these steps.
pub(crate) fn latest(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

/// The application id of the file.
pub(crate) fn application_id(connection: &Connection) -> Result<i64> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// The schema version of the file.
pub(crate) fn version(connection: &Connection) -> Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether nothing was ever written to the file: a crash before the first step leaves it like this.
pub(crate) fn is_blank(connection: &Connection) -> Result<bool> {
    let tables: i64 =
        connection.query_one("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && application_id(connection)? == 0 && version(connection)? == 0)
}

/// Takes the remaining steps. Each step and its version number are one transaction, so a crash
/// leaves the archive at one version or the next.
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
