//! The size of a terminal, within the limits that are accepted.

/// The size assumed for a terminal that does not report one: that of the VT100.
const UNKNOWN: Size = Size { columns: 80, rows: 24 };

/// Fewer columns leave no room for a prompt and a wide character. On a terminal that really has
/// fewer, rows run over: this is the one case in which a size larger than the real one is used.
const COLUMNS_MIN: u16 = 10;

/// No reader wants longer rows, and the length of a row is the cost of an insertion at its
/// beginning.
const COLUMNS_MAX: u16 = 250;

/// One row for the typed text and one for messages.
const ROWS_MIN: u16 = 2;

/// Up to half of them are drawn, possibly for each change.
const ROWS_MAX: u16 = 200;

/// The size of a terminal in characters.
///
/// A size smaller than the real one always works, because rows are ended explicitly before the edge
/// and movements are relative. So a reported size is only ever reduced, unless it is too small to
/// be of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Number of characters in a row.
    pub columns: u16,
    /// Number of rows.
    pub rows: u16,
}

impl Size {
    /// The size that a terminal reports, where 0 means unknown (RFC 1073), brought within the
    /// limits.
    pub fn new(columns: u16, rows: u16) -> Self {
        let known = |said, otherwise| if said == 0 { otherwise } else { said };
        Self {
            columns: known(columns, UNKNOWN.columns).clamp(COLUMNS_MIN, COLUMNS_MAX),
            rows: known(rows, UNKNOWN.rows).clamp(ROWS_MIN, ROWS_MAX),
        }
    }

    /// Number of columns that are written to. The last one stays free: terminals disagree about
    /// where the cursor is once it has been written to.
    pub(crate) fn writable_columns(self) -> usize {
        usize::from(self.columns).saturating_sub(1)
    }
}

impl Default for Size {
    fn default() -> Self {
        UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        let check = |said: (u16, u16), expected: (u16, u16)| {
            let size = Size::new(said.0, said.1);
            assert_eq!((size.columns, size.rows), expected, "{said:?}");
        };
        check((100, 50), (100, 50));
        check((0, 0), (80, 24));
        check((0, 50), (80, 50));
        check((132, 0), (132, 24));
        check((9, 1), (10, 2));
        check((10, 2), (10, 2));
        check((250, 200), (250, 200));
        check((251, 201), (250, 200));
        check((u16::MAX, u16::MAX), (250, 200));
        assert_eq!(Size::default(), Size::new(0, 0));
    }
}
