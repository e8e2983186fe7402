//! The accounts worker's jobs and their outcomes, as plain data.

use std::time::SystemTime;

use crate::model::id::{AccountId, ClientId, RoomId};
use crate::model::password::{Password, PasswordHash};
use crate::model::records::{Account, PrivateMessage};

/// A slow piece of work. Its changes are on the disk before its outcome arrives.
///
/// A job that checks a password compares it with the hash that it carries. For an account, the
/// accounts worker also checks that no earlier job has replaced the password in the meantime.
#[derive(Debug)]
pub enum Job {
    /// Create an account.
    Register {
        /// The client that asks.
        asker: ClientId,
        /// The key of the name; equal names have the same key.
        key: Box<str>,
        /// The name as its owner spells it.
        name: Box<str>,
        /// The account's password.
        password: Password,
        /// The current time.
        at: SystemTime,
    },
    /// Check an account's password.
    Login {
        /// The client that asks.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The password that was typed.
        password: Password,
        /// The current time.
        at: SystemTime,
    },
    /// Replace an account's password, if the old one is right.
    ChangePassword {
        /// The client that asks.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The old password that was typed.
        old: Password,
        /// The new password.
        new: Password,
    },
    /// Remove an account and everything it owns, if the password is right.
    Unregister {
        /// The client that asks.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The password that was typed.
        password: Password,
    },
    /// Check a room's password.
    CheckRoomPassword {
        /// The client that asks.
        asker: ClientId,
        /// The room.
        room: RoomId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The password that was typed.
        password: Password,
    },
    /// Hash a room's new password. A later
    /// [`Update::Room`](crate::model::update::Update::Room) stores it.
    SetRoomPassword {
        /// The client that asks.
        asker: ClientId,
        /// The room.
        room: RoomId,
        /// The new password.
        password: Password,
    },
    /// Store a message for a user who is away.
    LeaveMessage {
        /// The client that asks.
        asker: ClientId,
        /// The recipient's account.
        to: AccountId,
        /// The recipient's name, for the answer.
        to_name: Box<str>,
        /// The sender's account.
        sender: AccountId,
        /// The sender's name.
        from: Box<str>,
        /// The text.
        text: Box<str>,
        /// The current time.
        at: SystemTime,
    },
    /// Measure how much memory the server uses.
    Measure {
        /// The client that asks.
        asker: ClientId,
    },
}

impl Job {
    /// Whether the job changes nothing in the archive, so that only its outcome matters.
    pub fn is_question(&self) -> bool {
        matches!(
            self,
            Job::Login { .. }
                | Job::CheckRoomPassword { .. }
                | Job::SetRoomPassword { .. }
                | Job::Measure { .. }
        )
    }

    /// Whether the client waits for the outcome, sending nothing in the meantime.
    pub fn is_awaited(&self) -> bool {
        !matches!(self, Job::LeaveMessage { .. })
    }

    /// The client that asks, which will get the outcome.
    pub fn asker(&self) -> ClientId {
        match *self {
            Job::Register { asker, .. }
            | Job::Login { asker, .. }
            | Job::ChangePassword { asker, .. }
            | Job::Unregister { asker, .. }
            | Job::CheckRoomPassword { asker, .. }
            | Job::SetRoomPassword { asker, .. }
            | Job::LeaveMessage { asker, .. }
            | Job::Measure { asker } => asker,
        }
    }
}

/// The reason a password was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// [`Job::Login`].
    Login,
    /// [`Job::ChangePassword`].
    ChangePassword,
    /// [`Job::Unregister`].
    Unregister,
}

/// The result of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// The account was created.
    Registered {
        /// The client that asked.
        asker: ClientId,
        /// The account.
        account: Account,
    },
    /// The name is registered already.
    NameTaken {
        /// The client that asked.
        asker: ClientId,
    },
    /// The password is right.
    LoggedIn {
        /// The client that asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// The messages left for its owner. They stay until they are
        /// [seen](crate::model::update::Update::MessagesSeen).
        messages: Vec<PrivateMessage>,
    },
    /// The account has a new password.
    PasswordChanged {
        /// The client that asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// The hash of the new password.
        hash: PasswordHash,
    },
    /// The account has been removed, with everything it owned.
    Unregistered {
        /// The client that asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
    },
    /// The password is wrong. Nothing has changed.
    WrongPassword {
        /// The client that asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// The reason the password was requested.
        purpose: Purpose,
    },
    /// The password was right, but the account was removed after the job was submitted.
    AccountGone {
        /// The client that asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
    },
    /// The room's password is right.
    RoomPasswordRight {
        /// The client that asked.
        asker: ClientId,
        /// The room.
        room: RoomId,
    },
    /// The room's password is wrong.
    RoomPasswordWrong {
        /// The client that asked.
        asker: ClientId,
        /// The room.
        room: RoomId,
    },
    /// The room's new password has been hashed.
    RoomPasswordSet {
        /// The client that asked.
        asker: ClientId,
        /// The room.
        room: RoomId,
        /// The hash, to be stored with the room.
        hash: PasswordHash,
    },
    /// The message waits for its recipient.
    MessageLeft {
        /// The client that asked.
        asker: ClientId,
        /// The recipient's name.
        to_name: Box<str>,
    },
    /// Too many messages are waiting for the recipient already. This one was not stored.
    MailboxFull {
        /// The client that asked.
        asker: ClientId,
        /// The recipient's name.
        to_name: Box<str>,
    },
    /// The recipient's account has been removed. The message was not stored.
    RecipientGone {
        /// The client that asked.
        asker: ClientId,
        /// The recipient's name.
        to_name: Box<str>,
    },
    /// The server's memory use.
    Measured {
        /// The client that asked.
        asker: ClientId,
        /// Resident memory in bytes; `None` if the system does not report it.
        resident_bytes: Option<u64>,
    },
    /// The disk or the machine failed. The problem has been logged.
    Failed {
        /// The client that asked.
        asker: ClientId,
        /// Whether the client waits for it.
        is_awaited: bool,
        /// The problem, for the administrator.
        problem: String,
    },
    /// The accounts worker's updates are on the disk.
    Kept,
    /// The accounts worker's updates could not be written, and are retried until they are. The
    /// problem has been logged.
    NotKept {
        /// The problem, for the administrator.
        problem: String,
    },
}

impl JobOutcome {
    /// Whether the client waits for this outcome, sending nothing in the meantime.
    pub fn is_awaited(&self) -> bool {
        match *self {
            JobOutcome::MessageLeft { .. }
            | JobOutcome::MailboxFull { .. }
            | JobOutcome::RecipientGone { .. }
            | JobOutcome::Kept
            | JobOutcome::NotKept { .. } => false,
            JobOutcome::Failed { is_awaited, .. } => is_awaited,
            _ => true,
        }
    }

    /// The client that asked, if there is one.
    pub fn asker(&self) -> Option<ClientId> {
        match *self {
            JobOutcome::Registered { asker, .. }
            | JobOutcome::NameTaken { asker }
            | JobOutcome::LoggedIn { asker, .. }
            | JobOutcome::PasswordChanged { asker, .. }
            | JobOutcome::Unregistered { asker, .. }
            | JobOutcome::WrongPassword { asker, .. }
            | JobOutcome::AccountGone { asker, .. }
            | JobOutcome::RoomPasswordRight { asker, .. }
            | JobOutcome::RoomPasswordWrong { asker, .. }
            | JobOutcome::RoomPasswordSet { asker, .. }
            | JobOutcome::MessageLeft { asker, .. }
            | JobOutcome::MailboxFull { asker, .. }
            | JobOutcome::RecipientGone { asker, .. }
            | JobOutcome::Measured { asker, .. }
            | JobOutcome::Failed { asker, .. } => Some(asker),
            JobOutcome::Kept | JobOutcome::NotKept { .. } => None,
        }
    }
}

/// The accounts worker has too much to do already, or has ended. The job is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the write queue is full")]
pub struct Busy;
