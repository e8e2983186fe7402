//! Text that people type: cleaning, width in columns, wrapping, words for searching; and the rules
//! for names.
//!
//! Of the other folders, imports only `base`; never imports the rest: nothing here knows who typed
//! a text or who reads it.

pub(crate) mod clean;
pub mod guest_names;
pub mod nick;
pub mod wanted_nick;
pub(crate) mod width;
pub mod words;
pub(crate) mod wrap;

pub use self::clean::{CleanText, GROWTH_MAX, MARKS_IN_A_ROW_MAX, Manner, alone};
