//! The escape sequences of keys, after their CSI or SS3: parameters and a final byte.
//!
//! This module owns the meaning of each sequence. It does not know where one begins or what its key
//! does. However long a sequence is, only two numbers of it are kept.

use super::key::Key;

/// The part of a sequence that has arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    /// The first two parameters, 0 if missing.
    parameters: [u16; 2],
    /// The index of the current parameter; 2 stands for all further ones.
    at: u8,
    is_new: bool,
    /// Whether it began with SS3.
    is_ss3: bool,
    /// Whether it contains a byte that no key sends.
    is_foreign: bool,
    is_alt: bool,
}

impl Sequence {
    /// A sequence of which no byte has arrived. `is_alt` says whether an ESC preceded it.
    pub(super) fn new(is_ss3: bool, is_alt: bool) -> Self {
        Self { parameters: [0; 2], at: 0, is_new: true, is_ss3, is_foreign: false, is_alt }
    }

    pub(super) fn is_new_csi(self) -> bool {
        self.is_new && !self.is_ss3
    }

    /// The sequence extended by one byte, unless the byte ends it.
    pub(super) fn step(mut self, byte: u8) -> Option<Self> {
        match byte {
            b'0'..=b'9' => {
                if let Some(number) = self.parameters.get_mut(usize::from(self.at)) {
                    *number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                }
            }
            b';' => self.at = 2.min(self.at + 1),
            // In ECMA-48 this byte ends nothing; in rxvt it ends Shift with Home, End and Delete.
            b'$' if !self.is_foreign => return None,
            b' '..=b'?' => self.is_foreign = true,
            _ => return None,
        }
        self.is_new = false;
        Some(self)
    }

    /// Whether a paste begins or ends with this final byte.
    pub(super) fn paste(self, last: u8) -> Option<bool> {
        let is_known = last == b'~' && !self.is_foreign && !self.is_ss3;
        match self.parameters[0] {
            200 => is_known.then_some(true),
            201 => is_known.then_some(false),
            _ => None,
        }
    }

    /// The key with this final byte.
    pub(super) fn key(self, last: u8) -> Option<Key> {
        Some(match (last, self.parameters[0]) {
            _ if self.is_foreign => return None,
            // The keypad's Enter.
            (b'M', _) if self.is_ss3 => Key::Enter,
            // Arrows with Ctrl: those of rxvt, and those of PuTTY, which sends them the way others
            // send plain arrows while DECCKM is on.
            _ if self.is_ss3 => return self.arrow(last, true),
            (b'I', 0) => Key::FocusIn,
            (b'O', 0) => Key::FocusOut,
            (b'Z', _) => Key::BackTab,
            // SyncTERM's End.
            (b'K', 0) => Key::End,
            // rxvt uses the last byte to distinguish Shift, Ctrl, and both.
            (b'~' | b'$' | b'^' | b'@', number) => match number {
                1 | 7 => Key::Home,
                4 | 8 => Key::End,
                3 if self.is_by_word(1) || matches!(last, b'^' | b'@') => Key::KillWordRight,
                3 => Key::Delete,
                _ => return None,
            },
            _ => return self.arrow(last, false),
        })
    }

    fn arrow(self, last: u8, is_ctrl: bool) -> Option<Key> {
        // `CSI 1 ; 5 C`, or `CSI 5 C` on old terminals.
        let is_by_word = is_ctrl || self.is_by_word(usize::from(self.at.min(1)));
        // rxvt's arrows with Shift or Ctrl have small letters.
        Some(match last {
            b'A' | b'a' => Key::Up,
            b'B' | b'b' => Key::Down,
            b'C' | b'c' if is_by_word => Key::WordRight,
            b'C' | b'c' => Key::Right,
            b'D' | b'd' if is_by_word => Key::WordLeft,
            b'D' | b'd' => Key::Left,
            b'H' => Key::Home,
            b'F' => Key::End,
            _ => return None,
        })
    }

    /// Whether Ctrl or Alt is held, according to this parameter: one more than the sum of 1 for
    /// Shift, 2 for Alt, 4 for Ctrl and 8 for Meta.
    fn is_by_word(self, parameter: usize) -> bool {
        let held = self.parameters[parameter].saturating_sub(1);
        self.is_alt || held & 0b1110 != 0
    }
}
