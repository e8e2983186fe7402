//! What the registrar is asked to do, and what became of it. Plain data.

use std::time::SystemTime;

use crate::model::id::{AccountId, ClientId, RoomId};
use crate::model::password::{Password, PasswordHash};
use crate::model::records::{Account, PrivateMessage};

/// Something to be done, slowly. What it changes is on the disk once its outcome comes.
///
/// A job that compares with a hash compares with the one that it carries: what was right when it
/// was asked for stays so, though a job before it may be changing the password.
#[derive(Debug)]
pub enum Job {
    /// Make an account.
    Register {
        /// Who asks.
        asker: ClientId,
        /// What makes two names the same.
        key: Box<str>,
        /// The name as it is spelled.
        name: Box<str>,
        /// The account's password.
        password: Password,
        /// Now.
        at: SystemTime,
    },
    /// Find out whether somebody is an account's owner.
    Login {
        /// Who asks.
        asker: ClientId,
        /// Which account.
        account: AccountId,
        /// Its password's hash.
        hash: PasswordHash,
        /// What was typed.
        password: Password,
        /// Now.
        at: SystemTime,
    },
    /// Replace an account's password, if the old one is right.
    ChangePassword {
        /// Who asks.
        asker: ClientId,
        /// Which account.
        account: AccountId,
        /// Its password's hash.
        hash: PasswordHash,
        /// The old password, as it was typed.
        old: Password,
        /// The new one.
        new: Password,
    },
    /// Remove an account and all that is its own, if the password is right.
    Unregister {
        /// Who asks.
        asker: ClientId,
        /// Which account.
        account: AccountId,
        /// Its password's hash.
        hash: PasswordHash,
        /// What was typed.
        password: Password,
    },
    /// Find out whether a room's password is right.
    CheckRoomPassword {
        /// Who asks.
        asker: ClientId,
        /// Which room.
        room: RoomId,
        /// Its password's hash.
        hash: PasswordHash,
        /// What was typed.
        password: Password,
    },
    /// Hash a room's new password. It is kept by the
    /// [`Update::Room`](crate::model::update::Update::Room) that is to follow.
    SetRoomPassword {
        /// Who asks.
        asker: ClientId,
        /// Which room.
        room: RoomId,
        /// The new password.
        password: Password,
    },
    /// Keep a message for somebody who is away.
    LeaveMessage {
        /// Who asks.
        asker: ClientId,
        /// For whom.
        to: AccountId,
        /// The recipient's name, for the answer.
        to_name: Box<str>,
        /// The sender's account.
        sender: AccountId,
        /// The sender's name.
        from: Box<str>,
        /// What is said.
        text: Box<str>,
        /// Now.
        at: SystemTime,
    },
    /// Find out how much memory the server takes.
    Measure {
        /// Who asks.
        asker: ClientId,
    },
}

impl Job {
    /// Whether it changes nothing that is kept: its outcome is all there is to it.
    pub fn is_question(&self) -> bool {
        matches!(
            self,
            Job::Login { .. }
                | Job::CheckRoomPassword { .. }
                | Job::SetRoomPassword { .. }
                | Job::Measure { .. }
        )
    }

    /// Whether who asks waits for the outcome, and says nothing more before.
    pub fn is_awaited(&self) -> bool {
        !matches!(self, Job::LeaveMessage { .. })
    }

    /// Who asks, and is owed an outcome.
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

/// What a password was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// [`Job::Login`].
    Login,
    /// [`Job::ChangePassword`].
    ChangePassword,
    /// [`Job::Unregister`].
    Unregister,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a new account.
    Registered {
        /// Who asked.
        asker: ClientId,
        /// The account.
        account: Account,
    },
    /// The name has an account already.
    NameTaken {
        /// Who asked.
        asker: ClientId,
    },
    /// The password is right.
    LoggedIn {
        /// Who asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// What was left for its owner; it stays until they are
        /// [seen](crate::model::update::Update::MessagesSeen).
        messages: Vec<PrivateMessage>,
    },
    /// The account has a new password.
    PasswordChanged {
        /// Who asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// The hash of the new password.
        hash: PasswordHash,
    },
    /// The account is gone, with all that was its own.
    Unregistered {
        /// Who asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
    },
    /// The account's password is not what was typed. Nothing has changed.
    WrongPassword {
        /// Who asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
        /// What for.
        purpose: Purpose,
    },
    /// The password was right, but the account has been removed since the job was asked for.
    AccountGone {
        /// Who asked.
        asker: ClientId,
        /// The account.
        account: AccountId,
    },
    /// The room's password is what was typed.
    RoomPasswordRight {
        /// Who asked.
        asker: ClientId,
        /// The room.
        room: RoomId,
    },
    /// The room's password is not what was typed.
    RoomPasswordWrong {
        /// Who asked.
        asker: ClientId,
        /// The room.
        room: RoomId,
    },
    /// The room's new password is hashed.
    RoomPasswordSet {
        /// Who asked.
        asker: ClientId,
        /// The room.
        room: RoomId,
        /// The hash, to be kept with the room.
        hash: PasswordHash,
    },
    /// The message waits for its recipient.
    MessageLeft {
        /// Who asked.
        asker: ClientId,
        /// The recipient's name.
        to_name: Box<str>,
    },
    /// Too many messages wait for the recipient already. This one is not kept.
    MailboxFull {
        /// Who asked.
        asker: ClientId,
        /// The recipient's name.
        to_name: Box<str>,
    },
    /// The recipient's account has been removed since. The message is not kept.
    RecipientGone {
        /// Who asked.
        asker: ClientId,
        /// The recipient's name.
        to_name: Box<str>,
    },
    /// So much memory the server takes.
    Measured {
        /// Who asked.
        asker: ClientId,
        /// Of the machine's, in bytes; `None` where the system does not tell.
        resident_bytes: Option<u64>,
    },
    /// The disk, or the machine, did not do its part. It has been logged.
    Failed {
        /// Who asked.
        asker: ClientId,
        /// Whether they wait for it.
        is_awaited: bool,
        /// What happened, for whoever runs the server.
        problem: String,
    },
    /// The updates that the registrar was given are on the disk.
    Kept,
    /// They are not, and are tried again until they are. It has been logged.
    NotKept {
        /// What happened, for whoever runs the server.
        problem: String,
    },
}

impl Outcome {
    /// Whether who asked waits for it, and says nothing more before.
    pub fn is_awaited(&self) -> bool {
        match *self {
            Outcome::MessageLeft { .. }
            | Outcome::MailboxFull { .. }
            | Outcome::RecipientGone { .. }
            | Outcome::Kept
            | Outcome::NotKept { .. } => false,
            Outcome::Failed { is_awaited, .. } => is_awaited,
            _ => true,
        }
    }

    /// Who asked, if anybody did.
    pub fn asker(&self) -> Option<ClientId> {
        match *self {
            Outcome::Registered { asker, .. }
            | Outcome::NameTaken { asker }
            | Outcome::LoggedIn { asker, .. }
            | Outcome::PasswordChanged { asker, .. }
            | Outcome::Unregistered { asker, .. }
            | Outcome::WrongPassword { asker, .. }
            | Outcome::AccountGone { asker, .. }
            | Outcome::RoomPasswordRight { asker, .. }
            | Outcome::RoomPasswordWrong { asker, .. }
            | Outcome::RoomPasswordSet { asker, .. }
            | Outcome::MessageLeft { asker, .. }
            | Outcome::MailboxFull { asker, .. }
            | Outcome::RecipientGone { asker, .. }
            | Outcome::Measured { asker, .. }
            | Outcome::Failed { asker, .. } => Some(asker),
            Outcome::Kept | Outcome::NotKept { .. } => None,
        }
    }
}

/// The registrar has too much to do already, or has ended. The job is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much waits to be written already")]
pub struct Busy;
