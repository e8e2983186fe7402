//! Text that people type: cleaned once, measured in columns, wrapped, cut into words; and the names
//! they go by.
//!
//! Never imports another folder but `base`: nothing here knows who typed a text or who reads it.

pub mod clean;
pub mod nick;
pub mod width;
pub mod words;
pub mod wrap;

pub use self::clean::{CleanText, GROWTH_MAX, MARKS_IN_A_ROW_MAX, Manner, alone};
