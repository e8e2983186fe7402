//! The escape sequences that keys send, behind their CSI or SS3: parameters and a final byte.
//!
//! Owned here: what each of them means. Not known here: where one begins, and what becomes of it.
//! However long a sequence is, two numbers are kept of it.

use super::Key;

/// What a whole sequence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Key(Key),
    PasteBegins,
    PasteEnds,
}

/// What has come of a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    /// The first two, 0 where there is none.
    parameters: [u16; 2],
    /// In which one we are; 2 stands for all that are further on.
    at: u8,
    is_new: bool,
    /// It holds something that no key does.
    is_foreign: bool,
    is_alt: bool,
}

impl Sequence {
    /// A sequence of which nothing has come yet. If it `is_alt`, an ESC stood before it.
    pub(super) fn new(is_alt: bool) -> Self {
        Self { parameters: [0; 2], at: 0, is_new: true, is_foreign: false, is_alt }
    }

    pub(super) fn is_new(self) -> bool {
        self.is_new
    }

    /// The sequence with one byte more, unless the byte ends it.
    pub(super) fn step(mut self, byte: u8) -> Option<Self> {
        match byte {
            b'0'..=b'9' => {
                if let Some(number) = self.parameters.get_mut(usize::from(self.at)) {
                    *number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                }
            }
            b';' => self.at = 2.min(self.at + 1),
            // For ECMA-48 this ends nothing, for rxvt it ends Shift with Home, End and Delete.
            b'$' if !self.is_foreign => return None,
            b' '..=b'?' => self.is_foreign = true,
            _ => return None,
        }
        self.is_new = false;
        Some(self)
    }

    /// What it means behind a CSI with this final byte.
    pub(super) fn csi(self, last: u8) -> Option<Meaning> {
        if self.is_foreign {
            return None;
        }
        Some(match (last, self.parameters[0]) {
            (b'~', 200) => Meaning::PasteBegins,
            (b'~', 201) => Meaning::PasteEnds,
            (b'I', 0) => Meaning::Key(Key::FocusIn),
            (b'O', 0) => Meaning::Key(Key::FocusOut),
            (b'Z', _) => Meaning::Key(Key::BackTab),
            // SyncTERM's End.
            (b'K', 0) => Meaning::Key(Key::End),
            // The last byte is rxvt's way to tell Shift, Ctrl, and both.
            (b'~' | b'$' | b'^' | b'@', number) => Meaning::Key(match number {
                1 | 7 => Key::Home,
                4 | 8 => Key::End,
                3 if self.is_by_word(1) || matches!(last, b'^' | b'@') => Key::KillWordRight,
                3 => Key::Delete,
                _ => return None,
            }),
            // rxvt's arrows with Shift.
            (b'a'..=b'd', _) => Meaning::Key(self.arrow(last.to_ascii_uppercase(), false)?),
            _ => Meaning::Key(self.arrow(last, false)?),
        })
    }

    /// What it means behind an SS3 with this final byte.
    pub(super) fn ss3(self, last: u8) -> Option<Key> {
        match last {
            _ if self.is_foreign => None,
            // The keypad's Enter.
            b'M' => Some(Key::Enter),
            // The arrows with Ctrl: of rxvt, and of PuTTY, which sends them as others send the
            // arrows alone while DECCKM is on.
            b'a'..=b'd' => self.arrow(last.to_ascii_uppercase(), true),
            _ => self.arrow(last, true),
        }
    }

    fn arrow(self, last: u8, is_ctrl: bool) -> Option<Key> {
        // `CSI 1 ; 5 C`, or `CSI 5 C` in old terminals.
        let is_by_word = is_ctrl || self.is_by_word(usize::from(self.at.min(1)));
        Some(match last {
            b'A' => Key::Up,
            b'B' => Key::Down,
            b'C' if is_by_word => Key::WordRight,
            b'C' => Key::Right,
            b'D' if is_by_word => Key::WordLeft,
            b'D' => Key::Left,
            b'H' => Key::Home,
            b'F' => Key::End,
            _ => return None,
        })
    }

    /// Whether Ctrl or Alt is held, by this parameter: one more than the sum of 1 for Shift, 2 for
    /// Alt, 4 for Ctrl and 8 for Meta.
    fn is_by_word(self, parameter: usize) -> bool {
        let held = self.parameters[parameter].saturating_sub(1);
        self.is_alt || held & 0b1110 != 0
    }
}
