//! English: questions.

use crate::limits;
use crate::model::{PasswordError, Question, QuestionFault, QuestionKind};

pub(in crate::lang) fn question(question: &Question) -> String {
    let name = question.name.as_deref().unwrap_or_default();
    let (min, max) = (limits::PASSWORD_CHARS_MIN, limits::PASSWORD_BYTES_MAX);
    match (question.fault, question.ask) {
        (Some(QuestionFault::Wrong), _) => "Wrong password. Try again (Enter cancels): ".into(),
        (Some(QuestionFault::Different), _) => {
            "The passwords do not match. Try again (Enter cancels): ".into()
        }
        (Some(QuestionFault::Unfit(PasswordError::TooLong)), _) => {
            format!("Too long: at most {max} bytes. Try again (Enter cancels): ")
        }
        (Some(QuestionFault::Unfit(PasswordError::Character)), _) => {
            "That contains invisible characters. Try again (Enter cancels): ".into()
        }
        (Some(QuestionFault::Unfit(PasswordError::Empty | PasswordError::TooShort)), _) => {
            format!("Too short: {min} characters or more. Try again (Enter cancels): ")
        }
        (Some(QuestionFault::Command), _) => {
            "That is a command, not a password. Try again (Enter cancels): ".into()
        }
        (None, QuestionKind::ServerPassword) => "Password: ".into(),
        (None, QuestionKind::Password) => format!("Password for {name} (Enter cancels): "),
        (None, QuestionKind::FirstPassword) => {
            format!("Password for {name}, {min} characters or more (Enter cancels): ")
        }
        (None, QuestionKind::NewPassword) => {
            format!("New password for {name}, {min} characters or more (Enter cancels): ")
        }
        (None, QuestionKind::Repetition) => "Repeat the password (Enter cancels): ".into(),
    }
}
