//! What keys do in a session.

use std::fmt::Display;

use super::{Order, Session};
use crate::client::session::incoming::completion_request;
use crate::command::{self, Command, Utterance};
use crate::lang::fill;
use crate::limits::BLOCK_LINES_MAX;
use crate::terminal::line::{TYPED_BYTES_MAX, block_lines};
use crate::terminal::{Key, Outcome, Wanted};
use crate::text::CleanText;
use crate::wire::telnet::messages::BLANK_LINE;

/// How many ^C in a row on an empty line are a question. One may be a slip.
const INTERRUPTS_ANSWERED: u32 = 2;

impl Session {
    pub(super) fn type_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            for key in self.keys.step(byte) {
                self.press(key);
            }
            if !self.keys.is_in_paste() && std::mem::take(&mut self.is_paste_cut) {
                let (lines, kib) = (BLOCK_LINES_MAX, TYPED_BYTES_MAX / 1024);
                let cut = fill(self.texts.paste_cut, &[("lines", &lines), ("kib", &kib)]);
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
        self.count_interrupts(key);
        if key == Key::Enter && !self.takes_lines() {
            match is_goodbye(self.editor.text()) {
                // Said as always, also by who is not back yet.
                true if self.link.is_open() => {}
                true => return self.leave(),
                false => return self.enter_in_vain(),
            }
        }
        if key == Key::Enter && self.is_too_long() {
            return self.display.refuse();
        }
        match self.editor.press(key) {
            Outcome::Nothing | Outcome::Focus(_) | Outcome::ClearScreen | Outcome::Suspend => {}
            Outcome::Refused => {
                self.is_paste_cut |= self.keys.is_in_paste();
                self.display.refuse();
            }
            Outcome::Leave => self.leave(),
            Outcome::NextRoom => match self.place.next_room().map(str::to_owned) {
                Some(room) if self.takes_lines() => self.send_line(&room),
                _ => self.display.refuse(),
            },
            Outcome::Complete(wanted) => self.complete(&wanted),
            Outcome::Submitted(text) => self.submit(&text),
        }
    }

    /// Stops once, however often the key was pressed until then: each time takes one `fg`.
    fn suspend(&mut self) {
        if !self.effects.orders.contains(&Order::Suspend) {
            self.effects.orders.push(Order::Suspend);
        }
    }

    /// Who presses ^C where there is nothing to drop wants to leave, which is done otherwise here.
    fn count_interrupts(&mut self, key: Key) {
        let is_idle = key == Key::Interrupt && self.editor.text().is_empty();
        self.interrupts = if is_idle { self.interrupts.saturating_add(1) } else { 0 };
        if self.interrupts == INTERRUPTS_ANSWERED {
            self.display.tell(self.texts.how_to_leave);
        }
    }

    /// Whether the server would not take what is typed, which is told.
    fn is_too_long(&mut self) -> bool {
        let Some(limit) = self.line_limit else { return false };
        let longest = self.editor.text().split('\n').map(str::len).max().unwrap_or_default();
        if longest > limit {
            let values: [(&str, &dyn Display); 2] =
                [("limit", &limit), ("over", &(longest - limit))];
            self.display.tell(&fill(self.texts.line_too_long, &values));
        }
        longest > limit
    }

    /// The server has not taken a line, since it takes no more than so many bytes: it can be
    /// shortened.
    pub(super) fn take_back(&mut self, limit: usize) {
        self.line_limit = Some(limit);
        let sent = std::mem::take(&mut self.sent_last);
        if let Some(line) = sent.split('\n').find(|line| line.len() > limit)
            && self.editor.text().is_empty()
        {
            self.editor.set_text(line);
            self.is_too_long();
            self.display.touch();
        }
    }

    /// There is nobody to say it to, or not yet: what is being typed stays.
    fn enter_in_vain(&mut self) {
        match self.link.hurry() {
            true => self.effects.orders.push(Order::Connect),
            false => self.display.refuse(),
        }
    }

    fn complete(&mut self, wanted: &Wanted) {
        if let Some(commands) = wanted.known() {
            self.take_completions(commands);
        } else if self.hearing.is_hobnob() && self.link.is_open() {
            self.effects.send.extend_from_slice(&completion_request(wanted));
        } else {
            self.display.refuse();
        }
    }

    /// What a word could become.
    pub(super) fn take_completions(&mut self, words: Vec<String>) {
        if words.is_empty() {
            self.display.refuse();
        }
        self.editor.complete(words);
        self.display.touch();
    }

    /// A line, or a block of several, each of which is one. Other servers may take a blank one for
    /// an Enter that means something.
    fn submit(&mut self, text: &str) {
        let is_hobnob = self.hearing.is_hobnob();
        let lines: Vec<&str> =
            block_lines(text).filter(|line| is_hobnob || !line.is_empty()).collect();
        let holds_secret = command::holds_secret(text);
        for line in &lines {
            if line.is_empty() {
                self.send_line(BLANK_LINE);
                continue;
            }
            // hobnob says to everybody what somebody has said; other servers may not.
            match is_hobnob {
                _ if holds_secret => {}
                true => self.unsaid.send(line),
                false => self.display.tell(&format!("> {line}")),
            }
            self.send_line(line);
            if matches!(command_of(line), Some(Command::Nick { .. } | Command::Login { .. })) {
                // Who chooses is asked for no other name.
                self.name_again = None;
            }
        }
        if !lines.is_empty() && !holds_secret {
            self.editor.remember(text);
            text.clone_into(&mut self.sent_last);
            self.effects.sent.push(text.to_owned());
        }
    }
}

/// Whether it says goodbye.
fn is_goodbye(text: &str) -> bool {
    !text.contains('\n') && matches!(command_of(text), Some(Command::Quit { .. }))
}

fn command_of(line: &str) -> Option<Command> {
    match command::interpret(CleanText::from_bytes(line.as_bytes())) {
        Utterance::Command(command) => Some(*command),
        Utterance::Line(_) | Utterance::Wrong(_) => None,
    }
}
