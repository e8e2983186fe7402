//! Answers that are not shown while they are typed, and what happens to one whose question
//! disappears.

use zeroize::Zeroizing;

use super::Session;
use crate::client::session::meaning::ServerQuestion;
use crate::client::texts::Texts;
use crate::limits;
use crate::terminal::editor::Limits;
use crate::terminal::{EditOutcome, Editor, Key};

/// Maximum length of an answer, in bytes.
const ANSWER_BYTES_MAX: usize = 1024;

/// The destination of key presses.
pub(super) enum Typing {
    /// The line editor.
    Line,
    /// An answer. The line in the editor is kept until the answer is complete.
    Hidden(HiddenAnswer),
    /// Nowhere, until the user completes an answer whose question has disappeared: someone typing a
    /// password may not be looking at the screen, and the rest of it must not end up in the line.
    /// Another question may follow.
    Dropped(Option<HiddenAnswer>),
}

/// An answer to a question.
pub(super) struct HiddenAnswer {
    editor: Editor,
    /// The question and its text, if the server asks in hobnob's words.
    question: Option<(ServerQuestion, String)>,
}

impl HiddenAnswer {
    /// An empty answer, without history.
    fn new() -> Self {
        let editor = Editor::new(Limits {
            line_bytes_max: ANSWER_BYTES_MAX,
            recall_entries_max: 0,
            recall_bytes_max: limits::RECALL_BYTES_MAX,
        });
        Self { editor, question: None }
    }
}

impl Typing {
    pub(super) fn is_hidden(&self) -> bool {
        !matches!(self, Self::Line)
    }

    /// The prompt for an answer; `None` if that is the server's unfinished line.
    pub(super) fn question<'a>(&'a self, texts: &'a Texts) -> Option<&'a str> {
        match self {
            Self::Line => None,
            Self::Hidden(answer) => answer.question.as_ref().map(|(_, text)| text.as_str()),
            Self::Dropped(_) => Some(texts.dropped_prompt),
        }
    }

    fn begin_answer(&mut self) {
        self.end_answer();
        match self {
            Self::Dropped(next) => *next = Some(HiddenAnswer::new()),
            Self::Line | Self::Hidden(_) => *self = Self::Hidden(HiddenAnswer::new()),
        }
    }

    /// Handles the end of a question, whether it was answered or not.
    pub(super) fn end_answer(&mut self) {
        *self = match std::mem::replace(self, Self::Line) {
            Self::Hidden(answer) if !answer.editor.text().is_empty() => Self::Dropped(None),
            Self::Dropped(_) => Self::Dropped(None),
            Self::Hidden(_) | Self::Line => Self::Line,
        };
    }
}

impl Session {
    /// Handles a key while the line editor does not have the keyboard.
    pub(super) fn press_hidden(&mut self, key: Key) {
        match &mut self.typing {
            Typing::Line => {}
            Typing::Hidden(_) => self.press_in_answer(key),
            Typing::Dropped(next) => {
                if matches!(key, Key::Enter | Key::Interrupt) {
                    self.typing = next.take().map_or(Typing::Line, Typing::Hidden);
                    self.display.tell(self.texts.answer_dropped);
                }
            }
        }
    }

    fn press_in_answer(&mut self, key: Key) {
        // hobnob has the answer and has not sent the outcome, which may be another question.
        let is_answered = self.hearing.is_hobnob() && self.hearing.unfinished().is_empty();
        let Typing::Hidden(answer) = &mut self.typing else { return };
        if is_answered && answer.question.is_none() && key == Key::Enter {
            return self.display.refuse();
        }
        let text = match answer.editor.press_concealed(key) {
            EditOutcome::Submitted(text) => Zeroizing::new(text),
            EditOutcome::Refused => return self.display.refuse(),
            _ => return,
        };
        // The editor may still hold deleted text.
        let answered = std::mem::replace(answer, HiddenAnswer::new());
        if let Some((question, _)) = answered.question {
            self.identity.answers(&question, &text, !self.link.is_in());
        }
        self.link.answers_at_door();
        self.effects.send_line(&text);
    }

    /// Starts or stops concealing the user's input.
    pub(super) fn conceal(&mut self, is_concealed: bool) {
        if is_concealed {
            self.typing.begin_answer();
        } else {
            self.typing.end_answer();
        }
        self.display.touch();
    }

    /// Handles a question. A known server password is tried once per connection.
    pub(super) fn ask(&mut self, question: ServerQuestion, text: String) {
        let is_at_door = question == ServerQuestion::Password && !self.link.is_in();
        if is_at_door {
            self.link.is_asked_at_door();
        }
        if is_at_door
            && self.link.tries_door()
            && let Some(password) = self.identity.door_password()
        {
            self.effects.send_line(password);
            self.link.answers_at_door();
            return;
        }
        if let Typing::Hidden(answer) | Typing::Dropped(Some(answer)) = &mut self.typing {
            answer.question = Some((question, text));
        }
        self.display.touch();
    }
}
