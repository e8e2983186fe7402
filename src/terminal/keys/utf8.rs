//! A character of UTF-8 that comes in byte by byte.
//!
//! It is known here where one ends or breaks off, the same way as `String::from_utf8_lossy` does:
//! one U+FFFD for each maximal subpart (Unicode chapter 3.9). Nothing else is.

/// The bytes of a character that is not complete yet; none, between characters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unfinished {
    bytes: [u8; 4],
    len: u8,
}

impl Unfinished {
    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Whether something is pending and `byte` belongs to it.
    pub(super) fn goes_on_with(self, byte: u8) -> bool {
        let longer = self.with(byte);
        !self.is_empty()
            && match str::from_utf8(longer.as_bytes()) {
                Ok(_) => true,
                Err(error) => error.error_len().is_none(),
            }
    }

    /// Takes a byte that begins a character or goes on with one: the character that it completes,
    /// or U+FFFD if it belongs to none.
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

    /// Forgets what is pending: U+FFFD in its place, if something was.
    pub(super) fn break_off(&mut self) -> Option<char> {
        let was_empty = self.is_empty();
        *self = Self::default();
        (!was_empty).then_some(char::REPLACEMENT_CHARACTER)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// No more than three bytes are ever pending, because the fourth completes any character.
    fn with(mut self, byte: u8) -> Self {
        if let Some(next) = self.bytes.get_mut(usize::from(self.len)) {
            *next = byte;
            self.len += 1;
        }
        self
    }
}
