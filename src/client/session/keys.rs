//! Key presses in a session.

use std::fmt::Display;

use super::{Action, Session};
use crate::client::session::incoming::Speech;
use crate::client::texts;
use crate::command::completion::CompletionRequest;
use crate::command::{self, Command, command_in};
use crate::limits::BLOCK_LINES_MAX;
use crate::terminal::line::{TYPED_BYTES_MAX, block_lines};
use crate::terminal::{EditOutcome, Key};
use crate::wire::json;
use crate::wire::json::message::ClientMessage;

/// Number of consecutive ^C on an empty line that bring up advice on how to quit. A single one may
/// be a slip.
const INTERRUPTS_ANSWERED: u32 = 2;

/// Maximum number of keys that wait until it is clear how a line is sent: a few lines.
const KEYS_AHEAD_MAX: usize = 1024;

impl Session {
    pub(super) fn type_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            for key in self.display.console.step(byte) {
                self.press(key);
            }
            if self.display.console.takes_cut() {
                let (lines, kib) = (BLOCK_LINES_MAX, TYPED_BYTES_MAX / 1024);
                let cut = texts::PASTE_CUT.fill(self.lang, &[("lines", &lines), ("kib", &kib)]);
                self.display.tell(&cut);
            }
        }
    }

    fn press(&mut self, key: Key) {
        match key {
            Key::FocusIn | Key::FocusOut => return self.display.set_focus(key == Key::FocusIn),
            Key::Suspend => return self.suspend(),
            Key::ClearScreen => return self.display.clear(),
            _ => self.display.touch(),
        }
        if self.typing.is_hidden() {
            return self.press_hidden(key);
        }
        if self.is_ahead(key) {
            return self.keep_ahead(key);
        }
        self.count_interrupts(key);
        if key == Key::Enter && !self.takes_lines() {
            match is_goodbye(self.display.console.text()) {
                // While connected, a goodbye is sent as usual, even before the session is restored.
                true if self.link.is_open() && self.hearing.speech() != Speech::Undecided => {}
                true => return self.leave(),
                false => return self.enter_in_vain(),
            }
        }
        if key == Key::Enter && self.is_too_long() {
            return self.display.refuse();
        }
        match self.display.console.press(key, false) {
            EditOutcome::Nothing
            | EditOutcome::Focus(_)
            | EditOutcome::ClearScreen
            | EditOutcome::Refused
            | EditOutcome::Suspend => {}
            EditOutcome::Leave => self.leave(),
            EditOutcome::NextRoom => match self.place.next_room().map(str::to_owned) {
                Some(room) if self.takes_lines() => self.send_line(&room),
                _ => self.display.refuse(),
            },
            EditOutcome::Complete(wanted) => self.complete(&wanted),
            EditOutcome::Submitted(text) => self.submit(&text),
        }
    }

    /// Whether a key has to wait until it is clear how a line is sent.
    fn is_ahead(&self, key: Key) -> bool {
        let is_undecided = self.hearing.speech() == Speech::Undecided && self.link.is_open();
        let begins =
            key == Key::Enter && self.back_by.is_none() && !is_goodbye(self.display.console.text());
        is_undecided && (begins || !self.ahead.is_empty())
    }

    fn keep_ahead(&mut self, key: Key) {
        match self.ahead.len() < KEYS_AHEAD_MAX {
            true => self.ahead.push(key),
            false => self.display.refuse(),
        }
    }

    /// Presses the keys that have waited.
    pub(super) fn press_ahead(&mut self) {
        std::mem::take(&mut self.ahead).into_iter().for_each(|key| self.press(key));
    }

    /// Suspends once, however often the key was pressed before that: each suspension needs its own
    /// `fg`.
    fn suspend(&mut self) {
        if !self.effects.actions.contains(&Action::Suspend) {
            self.effects.actions.push(Action::Suspend);
        }
    }

    /// A user who presses ^C with nothing to discard wants to quit, which takes another key here.
    fn count_interrupts(&mut self, key: Key) {
        let is_idle = key == Key::Interrupt && self.display.console.text().is_empty();
        self.interrupts = if is_idle { self.interrupts.saturating_add(1) } else { 0 };
        if self.interrupts == INTERRUPTS_ANSWERED {
            self.display.tell(texts::HOW_TO_LEAVE.of(self.lang));
        }
    }

    /// Whether a line is too long for the server. Tells the user if so.
    fn is_too_long(&mut self) -> bool {
        let Some(limit) = self.line_limit else { return false };
        let longest =
            self.display.console.text().split('\n').map(str::len).max().unwrap_or_default();
        if longest > limit {
            let values: [(&str, &dyn Display); 2] =
                [("limit", &limit), ("over", &(longest - limit))];
            self.display.tell(&texts::LINE_TOO_LONG.fill(self.lang, &values));
        }
        longest > limit
    }

    /// The server has rejected a line as longer than `limit` bytes. Puts it back in the editor to
    /// be shortened.
    pub(super) fn take_back(&mut self, limit: usize) {
        self.line_limit = Some(limit);
        let sent = std::mem::take(&mut self.sent_last);
        if let Some(line) = sent.split('\n').find(|line| line.len() > limit)
            && self.display.console.text().is_empty()
        {
            self.display.console.editor().set_text(line);
            self.is_too_long();
            self.display.touch();
        }
    }

    /// Handles Enter while nothing can be sent: the typed text stays, and a pending reconnect is
    /// tried at once.
    fn enter_in_vain(&mut self) {
        match self.link.hurry() {
            true => self.effects.actions.push(Action::Connect),
            false => self.display.refuse(),
        }
    }

    fn complete(&mut self, wanted: &CompletionRequest) {
        if self.hearing.speech() == Speech::Json && self.link.is_open() {
            let message = ClientMessage::Complete { complete: wanted.clone() };
            json::append(&mut self.effects.send, &message);
        } else {
            self.display.refuse();
        }
    }

    /// Sends a line, or each line of a block. Blank lines are sent to hobnob only: other servers
    /// may take one for an Enter with a meaning.
    fn submit(&mut self, text: &str) {
        let is_json = self.hearing.speech() == Speech::Json;
        let lines: Vec<&str> =
            block_lines(text).filter(|line| is_json || !line.is_empty()).collect();
        let holds_secret = command::holds_secret(text);
        if !is_json {
            // A server with JSON that has no room for us is not talked with.
            let unconfirmed = self.unconfirmed.give_up();
            self.tell_unconfirmed(&unconfirmed);
        }
        for line in &lines {
            // hobnob sends a message back to its author as well; other servers may not.
            let id = match is_json {
                _ if holds_secret || line.is_empty() => None,
                true => self.expect_echo(line),
                false => {
                    self.display.tell(&format!("> {line}"));
                    None
                }
            };
            self.learn(line);
            self.put_message(line, id);
            if matches!(command_in(line), Some(Command::Nick { .. } | Command::Login { .. })) {
                // A user who chooses a name no longer wants the previous one.
                self.name_reclaim = None;
            }
        }
        if !lines.is_empty() && !holds_secret {
            self.display.console.editor().remember(text);
            text.clone_into(&mut self.sent_last);
            self.effects.sent.push(text.to_owned());
        }
    }
}

/// Whether the text is a single `/quit` command.
fn is_goodbye(text: &str) -> bool {
    !text.contains('\n') && matches!(command_in(text), Some(Command::Quit { .. }))
}
