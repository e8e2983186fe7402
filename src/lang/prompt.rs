//! The texts of a prompt for passwords.

use super::{Catalogue, fill};
use crate::command::Command;
use crate::command::prompt::{Asking, Fault, PasswordQuestion};
use crate::limits;
use crate::model::password::PasswordError;

impl Asking {
    /// The text of the next question.
    pub fn question(&self, catalogue: &Catalogue) -> String {
        let texts = &catalogue.answers;
        let template = match (self.fault, self.next(), &self.command) {
            (Some(Fault::Wrong), ..) => texts.ask_after_wrong,
            (Some(Fault::Differ), ..) => texts.ask_after_different,
            (Some(Fault::Unfit(PasswordError::TooLong)), ..) => texts.ask_after_too_long,
            (Some(Fault::Unfit(PasswordError::Character)), ..) => texts.ask_after_character,
            (Some(Fault::Unfit(_)), ..) => texts.ask_after_too_short,
            (Some(Fault::Command), ..) => texts.ask_after_command,
            (None, Some(PasswordQuestion::New), Command::Register { .. }) => {
                texts.ask_first_password
            }
            (None, Some(PasswordQuestion::New), _) => texts.ask_new_password,
            (None, Some(PasswordQuestion::Again), _) => texts.ask_password_again,
            (None, ..) => texts.ask_password_of,
        };
        let (min, max) = (&limits::PASSWORD_CHARS_MIN, &limits::PASSWORD_BYTES_MAX);
        fill(template, &[("name", &&*self.name), ("min", min), ("max", max)])
    }

    /// The text after the last attempt.
    pub fn failure(&self, catalogue: &'static Catalogue) -> String {
        let texts = &catalogue.answers;
        let template = match (self.fault, &self.command) {
            (Some(Fault::Wrong), Command::Login { .. }) => texts.login_failed,
            _ => texts.asking_failed,
        };
        fill(template, &[("tries", &limits::PROMPT_TRIES)])
    }
}
