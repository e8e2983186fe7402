//! What keys do in a session.

use zeroize::Zeroizing;

use super::{Order, Session, concealed_editor};
use crate::client::hearing::completion_request;
use crate::client::told::Question;
use crate::command;
use crate::limits::BLOCK_LINES_MAX;
use crate::terminal::line::TYPED_BYTES_MAX;
use crate::terminal::{Key, Outcome, Wanted};

impl Session {
    pub(super) fn type_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            for key in self.keys.step(byte) {
                self.press(key);
            }
            if !self.keys.is_in_paste() && std::mem::take(&mut self.is_paste_cut) {
                let (lines, kib) = (BLOCK_LINES_MAX, TYPED_BYTES_MAX / 1024);
                let cut = format!("Not all of what you pasted fits: {lines} lines, {kib} KiB.");
                self.display.tell(&cut);
            }
        }
    }

    fn press(&mut self, key: Key) {
        match key {
            Key::FocusIn | Key::FocusOut => return self.display.set_focus(key == Key::FocusIn),
            Key::Suspend => return self.effects.orders.push(Order::Suspend),
            Key::ClearScreen => return self.display.clear(),
            _ => self.display.touch(),
        }
        if self.answer.is_some() {
            return self.press_concealed(key);
        }
        if key == Key::Enter && !self.link.takes_lines() {
            // What is being typed stays.
            return match self.link.hurry() {
                true => self.effects.orders.push(Order::Connect),
                false => self.display.refuse(),
            };
        }
        match self.editor.press(key) {
            Outcome::Nothing | Outcome::Focus(_) | Outcome::ClearScreen | Outcome::Suspend => {}
            Outcome::Refused => {
                self.is_paste_cut |= self.keys.is_in_paste();
                self.display.refuse();
            }
            Outcome::Leave => self.leave(),
            Outcome::NextRoom => match self.place.next_room().map(str::to_owned) {
                Some(room) if self.link.takes_lines() => self.send_line(&room),
                _ => self.display.refuse(),
            },
            Outcome::Complete(wanted) => self.complete(&wanted),
            Outcome::Submitted(text) => self.submit(&text),
        }
    }

    fn complete(&mut self, wanted: &Wanted) {
        if let Some(commands) = wanted.commands() {
            self.take_completions(commands);
        } else if self.hearing.is_hobnob() && self.link.takes_lines() {
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

    /// A line, or a block of several, each of which is one; those without anything to see are none.
    fn submit(&mut self, text: &str) {
        let lines: Vec<&str> = text.split('\n').filter(|line| !line.trim().is_empty()).collect();
        for line in &lines {
            // hobnob says to everybody what somebody has said; other servers may not.
            if !self.hearing.is_hobnob() {
                self.display.tell(&format!("> {line}"));
            }
            self.send_line(line);
        }
        if !lines.is_empty() && !command::holds_secret(text) {
            self.editor.remember(text);
            self.effects.sent.push(text.to_owned());
        }
    }

    fn press_concealed(&mut self, key: Key) {
        let Some(answer) = &mut self.answer else { return };
        let text = match answer.press_concealed(key) {
            Outcome::Submitted(text) => Zeroizing::new(text),
            Outcome::Refused => return self.display.refuse(),
            _ => return,
        };
        // It may still have what was taken away of it.
        *answer = concealed_editor();
        if let Some((question, _)) = self.question.take() {
            self.identity.answers(&question, &text, !self.link.is_in());
        }
        self.effects.send_line(&text);
    }

    /// What is typed is to be seen, or not.
    pub(super) fn conceal(&mut self, is_concealed: bool) {
        self.question = None;
        self.answer = is_concealed.then(concealed_editor);
        self.display.touch();
    }

    /// Something is asked. What opens the server is known from the last time, and tried once.
    pub(super) fn ask(&mut self, question: Question, text: String) {
        let is_at_door = question == Question::Password && !self.link.is_in();
        if is_at_door
            && self.link.tries_door()
            && let Some(password) = self.identity.door_password()
        {
            self.effects.send_line(password);
            return;
        }
        self.question = Some((question, text));
        self.display.touch();
    }
}
