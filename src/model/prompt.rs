//! Questions for passwords: what the chat needs, and what a client is asked.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{PasswordError, Reply};

/// A command that lacks its password: the client has to be asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRequest {
    /// The command.
    pub purpose: PasswordPurpose,
    /// The name whose password it is.
    pub name: Arc<str>,
}

/// A command that needs a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordPurpose {
    /// `/register`
    Register,
    /// `/login`
    Login,
    /// `/passwd`
    ChangePassword,
    /// `/unregister`
    Unregister {
        /// Whether everything the user has said is erased, too.
        erases: bool,
    },
}

/// The result of a command that the client waited for.
#[derive(Debug, PartialEq, Eq)]
pub enum CommandVerdict {
    /// It is done, or was refused after it was given in one line.
    Done,
    /// It was refused, and the client has been told.
    Refused,
    /// The password was wrong.
    Wrong {
        /// The reply for a user who typed the password with the command.
        told: Reply,
    },
}

/// A question whose answer must not be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked for.
    pub ask: QuestionKind,
    /// The name whose password is asked for; `None` for the server's own.
    pub name: Option<Arc<str>>,
    /// Why the same is asked again.
    pub fault: Option<QuestionFault>,
}

impl Question {
    /// The question for the password of the server.
    pub const SERVER: Self = Self { ask: QuestionKind::ServerPassword, name: None, fault: None };
}

/// What a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionKind {
    /// The password that every client of this server needs.
    ServerPassword,
    /// The password of an account.
    Password,
    /// The password with which a name is registered.
    FirstPassword,
    /// A new password in place of another.
    NewPassword,
    /// The new password once more.
    Repetition,
}

/// What was wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionFault {
    /// The password is a different one.
    Wrong,
    /// The second answer differs from the first.
    Different,
    /// It cannot be a password.
    Unfit(PasswordError),
    /// It is a command, typed by a user who did not see the question.
    Command,
}
