//! How large a terminal is, as far as it is believed.

/// What a terminal has that says nothing of its size: that of the VT100.
const UNKNOWN: Size = Size { columns: 80, rows: 24 };

/// In fewer columns there is no place for a prompt and a wide character. Where there really are
/// fewer, rows run over: that is the one case in which a larger size is used than the real one.
const COLUMNS_MIN: u16 = 10;

/// No reader wants longer rows, and a row's length is what an insertion at its beginning costs.
const COLUMNS_MAX: u16 = 250;

/// One for what is typed, one for what is said.
const ROWS_MIN: u16 = 2;

/// Half of them are what is drawn at most, at each change if it has to be.
const ROWS_MAX: u16 = 200;

/// The size of a terminal in characters.
///
/// A smaller one than the real one is always right, since rows are ended explicitly and before
/// the edge, and movement is relative. So what a terminal says of itself is only ever lowered,
/// but for what is too small to be of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl Size {
    /// What a terminal says of itself, where 0 means that it does not know (RFC 1073), brought
    /// within bounds.
    pub fn new(columns: u16, rows: u16) -> Self {
        let known = |said, otherwise| if said == 0 { otherwise } else { said };
        Self {
            columns: known(columns, UNKNOWN.columns).clamp(COLUMNS_MIN, COLUMNS_MAX),
            rows: known(rows, UNKNOWN.rows).clamp(ROWS_MIN, ROWS_MAX),
        }
    }

    /// The columns of a row that are written to. The last one stays free: terminals disagree
    /// about where the cursor is once something stands there.
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
