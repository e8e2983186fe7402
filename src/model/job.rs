//! The accounts worker's jobs and their outcomes, as plain data.

use crate::model::{AccountId, ClientId, Password, PasswordHash, Refusal, RoomId};

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
    Unregister,
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

/// The result of a job. A password may have been replaced since the job was submitted, so a result
/// says which hash matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkResult {
    /// The password of a new account has been hashed.
    MayRegister {
        /// The hash.
        hash: PasswordHash,
    },
    /// The client may log in.
    MayLogIn {
        /// The account.
        account: AccountId,
        /// The hash that matched.
        hash: PasswordHash,
    },
    /// The account may have a new password.
    MayChangePassword {
        /// The account.
        account: AccountId,
        /// The hash that matched.
        before: PasswordHash,
        /// The hash of the new password.
        after: PasswordHash,
    },
    /// The account may be removed.
    MayUnregister {
        /// The account.
        account: AccountId,
        /// The hash that matched.
        hash: PasswordHash,
    },
    /// The password is wrong, and may be tried again.
    WrongPassword(Refusal),
    /// A room's password has been compared.
    RoomPasswordChecked {
        /// The room.
        room: RoomId,
        /// The hash, if the password is right.
        matched: Option<PasswordHash>,
    },
    /// The room's new password has been hashed.
    RoomPasswordSet {
        /// The room.
        room: RoomId,
        /// The hash.
        hash: PasswordHash,
    },
    /// The server's memory use.
    Measured {
        /// Resident memory in bytes; `None` if the system does not report it.
        resident_bytes: Option<u64>,
    },
    /// The machine failed. The problem has been logged.
    Failed,
}

/// The accounts worker has too much to do already, or has ended. The job is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the accounts worker has too much to do")]
pub struct Busy;
