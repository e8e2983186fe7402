//! How the statements of the tables are run. Each is prepared once for a connection.

use rusqlite::{Connection, OptionalExtension, Params, Result, Row};

/// Changes rows. Returns how many.
pub(crate) fn change(connection: &Connection, sql: &str, values: impl Params) -> Result<usize> {
    connection.prepare_cached(sql)?.execute(values)
}

/// Reads the row that a query selects, if there is one.
pub(crate) fn row<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    connection.prepare_cached(sql)?.query_one(values, read).optional()
}

/// Reads the rows that a query selects.
pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(values, read)?.collect()
}
