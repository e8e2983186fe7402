//! A UTF-8 character that arrives byte by byte.
//!
//! This module only knows where a character ends or is cut short, with the same result as
//! `String::from_utf8_lossy`: one U+FFFD for each maximal subpart (Unicode chapter 3.9).

/// The bytes of an unfinished character; empty between characters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unfinished {
    bytes: [u8; 4],
    len: u8,
}

impl Unfinished {
    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Whether a character is pending and `byte` continues it.
    pub(super) fn goes_on_with(self, byte: u8) -> bool {
        let longer = self.with(byte);
        !self.is_empty()
            && match str::from_utf8(longer.as_bytes()) {
                Ok(_) => true,
                Err(error) => error.error_len().is_none(),
            }
    }

    /// Takes a byte that begins or continues a character. Returns the character if it completes
    /// one, or U+FFFD if it belongs to none.
    pub(super) fn push(&mut self, byte: u8) -> Option<char> {
        let longer = self.with(byte);
        let (rest, c) = match str::from_utf8(longer.as_bytes()) {
            Ok(complete) => (Self::default(), complete.chars().next()),
            Err(error) if error.error_len().is_none() => (longer, None),
            Err(_) => (Self::default(), Some(char::REPLACEMENT_CHARACTER)),
        };
        *self = rest;
        c
    }

    /// Discards the unfinished character. Returns U+FFFD in its place if there was one.
    pub(super) fn break_off(&mut self) -> Option<char> {
        let was_empty = self.is_empty();
        *self = Self::default();
        (!was_empty).then_some(char::REPLACEMENT_CHARACTER)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// At most three bytes are ever pending, because the fourth completes any character.
    fn with(mut self, byte: u8) -> Self {
        if let Some(next) = self.bytes.get_mut(usize::from(self.len)) {
            *next = byte;
            self.len += 1;
        }
        self
    }
}
