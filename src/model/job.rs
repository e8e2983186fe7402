//! The accounts worker's jobs and their outcomes, as plain data.

use std::sync::Arc;

use crate::model::{AccountId, ClientId, Password, PasswordHash, PersonId, Refusal, RoomId};
use crate::text::nick::RoomName;

/// A slow piece of work for a client, whose input waits for the outcome. It changes nothing: the
/// chat decides what its outcome means by then.
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
    /// Hash the password of a new account.
    Register {
        /// The account's password.
        password: Password,
    },
    /// Compare the password of an account.
    OfAccount {
        /// The account.
        account: AccountId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The password that was typed.
        password: Password,
        /// The refusal if that is a different one.
        if_wrong: Refusal,
        /// What the password is for.
        then: AccountWork,
    },
    /// Compare a room's password.
    CheckRoomPassword {
        /// The room.
        room: RoomId,
        /// The hash of its password.
        hash: PasswordHash,
        /// The password that was typed.
        password: Password,
        /// The refusal if that is a different one.
        if_wrong: Refusal,
    },
    /// Hash the password of a new room.
    MakeRoom {
        /// The name of the room.
        name: RoomName,
        /// The password.
        password: Password,
    },
    /// Hash a room's new password.
    SetRoomPassword {
        /// The room.
        room: RoomId,
        /// The new password.
        password: Password,
    },
    /// Measure how much memory the server uses.
    Measure,
}

/// What the password of an account has been typed for.
#[derive(Debug)]
pub enum AccountWork {
    /// To log in.
    Login,
    /// To replace the password.
    ChangePassword {
        /// The new password, which is hashed if the old one is right.
        new: Password,
    },
    /// To remove the account and everything it owns.
    Unregister {
        /// Whether to erase everything the user has said, too.
        erases: bool,
    },
}

/// A report of the accounts worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// A job is done, or has failed.
    Done {
        /// The client that asked.
        asker: ClientId,
        /// The result.
        result: WorkResult,
    },
    /// One set of updates is on the disk.
    Kept,
    /// A set of updates could not be written, and is retried until it is. The problem has been
    /// logged.
    NotKept {
        /// The problem, for the administrator.
        problem: String,
    },
}

/// The result of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkResult {
    /// The password is right, or the new one is hashed.
    Right(Verdict),
    /// The password is wrong, and may be tried again.
    WrongPassword(Refusal),
    /// The server's memory use.
    Measured {
        /// Resident memory in bytes; `None` if the system does not report it.
        resident_bytes: Option<u64>,
    },
    /// The machine failed. The problem has been logged.
    Failed,
}

/// What a client may do because it has shown a password or a token. The password may have been
/// replaced since it was compared, so a verdict says which hash it matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may register its name.
    Register {
        /// The hash of the account's password.
        hash: PasswordHash,
    },
    /// It may log in.
    LogIn {
        /// The account.
        account: AccountId,
        /// The hash that matched.
        hash: PasswordHash,
    },
    /// It may replace the password of its account.
    ChangePassword {
        /// The account.
        account: AccountId,
        /// The hash that matched.
        before: PasswordHash,
        /// The hash of the new password.
        after: PasswordHash,
    },
    /// It may remove its account.
    Unregister {
        /// Whether everything the user has said is erased, too.
        erases: bool,
        /// The account.
        account: AccountId,
        /// The hash that matched.
        hash: PasswordHash,
    },
    /// It may join a room.
    Join {
        /// The room.
        room: RoomId,
        /// The hash that matched; `None` if the room needed no password.
        hash: Option<PasswordHash>,
    },
    /// It may create a room with a password.
    MakeRoom {
        /// The name of the room.
        name: RoomName,
        /// The hash of the password.
        hash: PasswordHash,
    },
    /// It may give its room a password.
    SetRoomPassword {
        /// The room.
        room: RoomId,
        /// The hash of the password.
        hash: PasswordHash,
    },
    /// It may become the owner of the server.
    Claim,
    /// It may delete messages of this author.
    Delete {
        /// The room.
        room: RoomId,
        /// The author, unless it was a guest of an earlier run of the server.
        author: Option<PersonId>,
        /// The author's name.
        name: Arc<str>,
        /// The numbers of the messages, in order.
        seqs: Vec<u64>,
    },
}

/// The accounts worker has too much to do already, or has ended. The job is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the accounts worker has too much to do")]
pub struct Busy;
