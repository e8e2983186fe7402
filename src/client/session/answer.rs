//! Answers that are not shown while they are typed, and what happens to one whose question
//! disappears.

use zeroize::Zeroizing;

use super::Session;
use crate::client::session::incoming::Speech;
use crate::client::texts;
use crate::limits;
use crate::model::{Lang, Question, QuestionKind};
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
    /// The question and its text, unless the server sends lines or has the answer.
    question: Option<(Question, String)>,
}

impl HiddenAnswer {
    /// An empty answer, without history.
    fn to(question: Option<(Question, String)>) -> Self {
        let editor = Editor::new(Limits {
            line_bytes_max: ANSWER_BYTES_MAX,
            recall_entries_max: 0,
            recall_bytes_max: limits::RECALL_BYTES_MAX,
        });
        Self { editor, question }
    }
}

impl Typing {
    pub(super) fn is_hidden(&self) -> bool {
        !matches!(self, Self::Line)
    }

    /// The prompt for an answer, if it is known.
    pub(super) fn question(&self, lang: Lang) -> Option<&str> {
        match self {
            Self::Line => None,
            Self::Hidden(answer) => answer.question.as_ref().map(|(_, text)| text.as_str()),
            Self::Dropped(_) => Some(texts::DROPPED_PROMPT.of(lang)),
        }
    }

    /// Begins an answer, unless one has begun: the same may be asked again.
    fn begin_answer(&mut self, question: Option<(Question, String)>) {
        match self {
            Self::Line => *self = Self::Hidden(HiddenAnswer::to(question)),
            Self::Hidden(answer) | Self::Dropped(Some(answer)) => answer.question = question,
            Self::Dropped(next) => *next = Some(HiddenAnswer::to(question)),
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
                    self.display.tell(texts::ANSWER_DROPPED.of(self.lang));
                }
            }
        }
    }

    fn press_in_answer(&mut self, key: Key) {
        let Typing::Hidden(answer) = &mut self.typing else { return };
        // The server has the answer and has not sent the outcome, which may be another question.
        let is_answered = self.hearing.speech() == Speech::Json && answer.question.is_none();
        if is_answered && key == Key::Enter {
            return self.display.refuse();
        }
        let text = match answer.editor.press_concealed(key) {
            EditOutcome::Submitted(text) => Zeroizing::new(text),
            EditOutcome::Refused => return self.display.refuse(),
            _ => return,
        };
        // The editor may still hold deleted text.
        let answered = std::mem::replace(answer, HiddenAnswer::to(None));
        if let Some((question, _)) = answered.question {
            self.identity.answers(&question, &text);
        }
        self.put_line(&text);
    }

    /// Starts or stops concealing the user's input on a connection with lines.
    pub(super) fn conceal(&mut self, is_concealed: bool) {
        match is_concealed {
            true => self.typing.begin_answer(None),
            false => self.typing.end_answer(),
        }
        self.display.touch();
    }

    /// Handles a question, or the end of all questions. A known server password is tried once per
    /// connection.
    pub(super) fn ask(&mut self, question: Option<Question>) {
        self.display.touch();
        let Some(question) = question else { return self.typing.end_answer() };
        if question.ask == QuestionKind::ServerPassword
            && self.link.tries_door()
            && let Some(password) = self.identity.door_password().map(str::to_owned)
        {
            self.put_line(&Zeroizing::new(password));
            return;
        }
        let text = self.words.question(&question);
        self.typing.begin_answer(Some((question, text)));
    }
}
