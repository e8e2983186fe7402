//! Decodes the bytes that a terminal sends into keys: a pure state machine over single bytes.
//!
//! This module owns UTF-8 decoding, control characters, and the escape sequences of xterm, screen
//! and tmux, the Linux console, PuTTY, rxvt, SyncTERM and Windows telnet, all of them at once: when
//! they send arrow keys in their ANSI form (DECCKM off) they contradict each other in one key only
//! ([`Byte7f`]), so nobody needs to say which terminal they have. It does not know what a key does
//! or where the bytes come from. Telnet's own commands have been removed already.
//!
//! The same bytes give the same keys in any chunking. Nothing is kept of the input but an
//! unfinished character, so no peer can make it grow. There is no clock either: a lone ESC waits
//! for the next byte, because over a network no pause proves that none will follow.

mod key;
mod sequence;
mod utf8;

use std::mem;

pub use self::key::Key;
use self::sequence::Sequence;
use self::utf8::Unfinished;
use crate::text;

const ETX: u8 = 0x03;
const BS: u8 = 0x08;
const TAB: u8 = b'\t';
const LF: u8 = b'\n';
const CR: u8 = b'\r';
const ESC: u8 = 0x1b;
const DEL: u8 = 0x7f;

/// The meaning of the byte 7F.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Byte7f {
    /// Backspace, like 08.
    #[default]
    Backspace,
    /// Delete, as in Windows telnet and SyncTERM, where Backspace sends 08.
    Delete,
    /// Delete from the first 08 on: a terminal that sends 08 for Backspace uses 7F for something
    /// else, and one that sends 7F for Backspace sends no 08.
    DeleteBeside08,
}

/// The position of the decoder in a sequence.
#[derive(Clone, Copy, Debug, Default)]
enum KeyState {
    #[default]
    Text,
    /// After ESC, or after two of them, as PuTTY and rxvt send Alt with an arrow.
    Escape { is_second: bool },
    /// After CSI, which is `ESC [`, or SS3, which is `ESC O`.
    Sequence(Sequence),
    /// After `ESC [ [`: the Linux console's F1 to F5 have one more byte.
    LinuxFunction,
}

/// The decoder of one terminal.
#[derive(Debug, Default)]
pub struct KeyDecoder {
    state: KeyState,
    unfinished: Unfinished,
    /// The character being decoded follows an Alt, and is discarded.
    is_alt_character: bool,
    is_after_cr: bool,
    is_in_paste: bool,
    byte_7f: Byte7f,
    /// Whether the last byte was 7F.
    was_7f: bool,
    /// Whether a character was cut short or invalid.
    has_broken: bool,
}

impl KeyDecoder {
    /// Takes one byte.
    ///
    /// It returns two keys only if the byte cuts a character short: U+FFFD, and then its own key.
    pub fn step(&mut self, byte: u8) -> impl Iterator<Item = Key> + use<> {
        // Enter is CR LF or CR NUL in telnet (RFC 854), and a bare CR or LF elsewhere. A NUL means
        // nothing anywhere.
        let is_rest_of_enter = mem::take(&mut self.is_after_cr) && byte == LF;
        self.was_7f = byte == DEL;
        let mut broken = None;
        if !self.unfinished.goes_on_with(byte) {
            self.has_broken |= !self.unfinished.is_empty();
            broken = self.unfinished.break_off().and_then(|c| self.text(c));
        }
        let key = if is_rest_of_enter { None } else { self.take(byte) };
        broken.into_iter().chain(key)
    }

    /// Whether an incomplete character is pending.
    pub fn is_inside_character(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// Whether the last byte was a CR, so that an LF would belong to it.
    pub fn is_after_cr(&self) -> bool {
        self.is_after_cr
    }

    /// Sets whether the byte before the first one taken here was a CR.
    pub fn set_after_cr(&mut self, is_after_cr: bool) {
        self.is_after_cr = is_after_cr;
    }

    /// Whether the input is being pasted.
    pub fn is_in_paste(&self) -> bool {
        self.is_in_paste
    }

    /// Sets the meaning of the byte 7F.
    pub fn set_byte_7f(&mut self, meaning: Byte7f) {
        self.byte_7f = meaning;
    }

    /// Whether the last key was sent as 7F.
    pub fn was_7f(&self) -> bool {
        self.was_7f
    }

    /// Whether invalid bytes have arrived since the last call.
    pub fn take_broken(&mut self) -> bool {
        mem::take(&mut self.has_broken)
    }

    fn take(&mut self, byte: u8) -> Option<Key> {
        match (mem::take(&mut self.state), byte) {
            (KeyState::Escape { .. }, BS | DEL) => self.unless_in_paste(match self.byte_7f {
                Byte7f::Delete if byte == DEL => Key::KillWordRight,
                _ => Key::KillWordLeft,
            }),
            (state, ESC) => {
                let is_second = matches!(state, KeyState::Escape { .. });
                self.state = KeyState::Escape { is_second };
                None
            }
            // A control character ends any sequence, so that nobody gets stuck in half of one.
            (_, ..b' ' | DEL) => self.control(byte),
            (KeyState::Text, _) => self.character(byte),
            (KeyState::Escape { is_second }, _) => self.escaped(byte, is_second),
            // No sequence contains part of a character: the user has begun to type.
            (KeyState::Sequence(_) | KeyState::LinuxFunction, 0x80..) => self.character(byte),
            (KeyState::LinuxFunction, _) => None,
            (KeyState::Sequence(sequence), b'[') if sequence.is_new_csi() => {
                self.state = KeyState::LinuxFunction;
                None
            }
            (KeyState::Sequence(sequence), _) => {
                if let Some(longer) = sequence.step(byte) {
                    self.state = KeyState::Sequence(longer);
                    return None;
                }
                if let Some(is_in_paste) = sequence.paste(byte) {
                    self.is_in_paste = is_in_paste;
                    return None;
                }
                self.unless_in_paste(sequence.key(byte)?)
            }
        }
    }

    /// Handles a control character other than ESC.
    fn control(&mut self, byte: u8) -> Option<Key> {
        self.is_after_cr = byte == CR;
        if self.is_in_paste {
            return match byte {
                CR | LF => Some(Key::LineBreak),
                TAB => Some(Key::Text(' ')),
                // If the end of the paste is lost, this is the way out.
                ETX => {
                    self.is_in_paste = false;
                    Some(Key::Interrupt)
                }
                _ => None,
            };
        }
        Some(match byte {
            0x01 => Key::Home,
            0x02 => Key::Left,
            ETX => Key::Interrupt,
            0x04 => Key::EndOfInput,
            0x05 => Key::End,
            0x06 => Key::Right,
            BS => {
                if self.byte_7f == Byte7f::DeleteBeside08 {
                    self.byte_7f = Byte7f::Delete;
                }
                Key::Backspace
            }
            TAB => Key::Tab,
            LF | CR => Key::Enter,
            0x0b => Key::KillToEnd,
            0x0c => Key::ClearScreen,
            0x0e => Key::Down,
            0x10 => Key::Up,
            0x15 => Key::KillToStart,
            0x17 => Key::KillWordLeft,
            0x18 => Key::NextRoom,
            0x19 => Key::Yank,
            0x1a => Key::Suspend,
            DEL if self.byte_7f == Byte7f::Delete => Key::Delete,
            DEL => Key::Backspace,
            _ => return None,
        })
    }

    /// Handles a byte after an ESC that is not a control character.
    fn escaped(&mut self, byte: u8, is_second: bool) -> Option<Key> {
        self.state = match byte {
            b'[' | b'O' => KeyState::Sequence(Sequence::new(byte == b'O', is_second)),
            b'b' => return self.unless_in_paste(Key::WordLeft),
            b'f' => return self.unless_in_paste(Key::WordRight),
            b'd' => return self.unless_in_paste(Key::KillWordRight),
            0x80.. => {
                self.is_alt_character = true;
                return self.character(byte);
            }
            _ => KeyState::Text,
        };
        None
    }

    /// Handles a byte of a character.
    fn character(&mut self, byte: u8) -> Option<Key> {
        let begins = self.unfinished.is_empty();
        let c = self.unfinished.push(byte)?;
        // A valid single byte never decodes to this character.
        self.has_broken |= begins && c == char::REPLACEMENT_CHARACTER;
        self.text(c)
    }

    fn text(&mut self, c: char) -> Option<Key> {
        if mem::take(&mut self.is_alt_character) { None } else { text::alone(c).map(Key::Text) }
    }

    /// A sequence inside a paste is part of the copied text, not a key.
    fn unless_in_paste(&self, key: Key) -> Option<Key> {
        (!self.is_in_paste).then_some(key)
    }
}

#[cfg(test)]
mod tests;
