//! The accounts worker's jobs and their outcomes, as plain data.

use std::time::SystemTime;

use crate::model::{
    Account, AccountId, ClientId, Password, PasswordHash, PrivateMessage, Refusal, RoomId,
};

/// A slow piece of work. Its changes are on the disk before its outcome arrives.
///
/// A job that checks a password compares it with the hash that it carries. For an account, the
/// accounts worker also checks that no earlier job has replaced the password in the meantime.
#[derive(Debug)]
pub struct Job {
    /// The client that asks, which will get the outcome.
    pub asker: ClientId,
    /// What it asks for.
    pub work: Work,
}

/// What a job does.
#[derive(Debug)]
pub enum Work {
    /// Create an account.
    Register {
        /// The key of the name; equal names have the same key.
        key: Box<str>,
        /// The name as its owner spells it.
        name: Box<str>,
        /// The account's password.
        password: Password,
        /// The current time.
        at: SystemTime,
    },
    /// Do something with an account, if the password is right.
    OfAccount {
        /// The account.
        account: AccountId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The password that was typed.
        password: Password,
        /// The refusal if that is a different one.
        if_wrong: Refusal,
        /// What to do.
        then: AccountWork,
    },
    /// Check a room's password.
    CheckRoomPassword {
        /// The room.
        room: RoomId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The password that was typed.
        password: Password,
    },
    /// Hash a room's new password. A later
    /// [`Update::Room`](crate::model::Update::Room) stores it.
    SetRoomPassword {
        /// The room.
        room: RoomId,
        /// The new password.
        password: Password,
    },
    /// Store a message for a user who is away.
    LeaveMessage {
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
    Measure,
}

impl Work {
    /// Whether the job changes nothing in the archive, so that only its outcome matters.
    pub fn is_question(&self) -> bool {
        matches!(
            self,
            Work::OfAccount { then: AccountWork::Login { .. }, .. }
                | Work::CheckRoomPassword { .. }
                | Work::SetRoomPassword { .. }
                | Work::Measure
        )
    }

    /// Whether the client waits for the outcome, sending nothing in the meantime.
    pub fn is_awaited(&self) -> bool {
        !matches!(self, Work::LeaveMessage { .. })
    }
}

/// What a job does with an account whose password has been given.
#[derive(Debug)]
pub enum AccountWork {
    /// Log in.
    Login {
        /// The current time.
        at: SystemTime,
    },
    /// Replace the password.
    ChangePassword {
        /// The new password.
        new: Password,
    },
    /// Remove the account and everything it owns.
    Unregister,
}

/// A report of the accounts worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// A job is done, or has failed.
    Done {
        /// The client that asked.
        asker: ClientId,
        /// Whether the client waits for it.
        is_awaited: bool,
        /// The result.
        result: WorkResult,
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

/// The result of a job, as the client that asked learns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkResult {
    /// The account was created.
    Registered {
        /// The account.
        account: Account,
    },
    /// The password is right.
    LoggedIn {
        /// The account.
        account: AccountId,
        /// The messages left for its owner. They stay until they are
        /// [seen](crate::model::Update::MessagesSeen).
        messages: Vec<PrivateMessage>,
    },
    /// The account has a new password.
    PasswordChanged {
        /// The account.
        account: AccountId,
        /// The hash of the new password.
        hash: PasswordHash,
    },
    /// The account has been removed, with everything it owned.
    Unregistered {
        /// The account.
        account: AccountId,
    },
    /// The password is wrong, and may be tried again. Nothing has changed.
    WrongPassword(Refusal),
    /// A room's password has been compared.
    RoomPasswordChecked {
        /// The room.
        room: RoomId,
        /// The hash, if the password is right. The room may have another password by now.
        matched: Option<PasswordHash>,
    },
    /// The room's new password has been hashed.
    RoomPasswordSet {
        /// The room.
        room: RoomId,
        /// The hash, to be stored with the room.
        hash: PasswordHash,
    },
    /// The message waits for its recipient.
    MessageLeft {
        /// The recipient's name.
        to_name: Box<str>,
    },
    /// Nothing has changed, for this reason.
    Refused(Refusal),
    /// The server's memory use.
    Measured {
        /// Resident memory in bytes; `None` if the system does not report it.
        resident_bytes: Option<u64>,
    },
    /// The disk or the machine failed. The problem has been logged.
    Failed {
        /// The problem, for the administrator.
        problem: String,
    },
}

/// The accounts worker has too much to do already, or has ended. The job is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the write queue is full")]
pub struct Busy;
