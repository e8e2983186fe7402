//! What a command takes, and whom it reaches: of each one, so that none is forgotten.

use super::{Command, RoomChange, TopicChange};

impl Command {
    /// Whether it may need slow work, such as a password's hash or the disk: the client's further
    /// input is held until it is done.
    pub fn is_slow(&self) -> bool {
        match self {
            Self::Register { password }
            | Self::Login { password, .. }
            | Self::Unregister { password }
            | Self::Join { password, .. }
            | Self::Room(RoomChange::Password(password)) => password.is_some(),
            Self::Passwd { change } => change.is_some(),
            Self::Stats => true,
            _ => false,
        }
    }

    /// Whether others may notice it: who is not to be heard may not do it.
    pub fn is_noticed(&self) -> bool {
        match self {
            Self::Nick { .. }
            | Self::Register { .. }
            | Self::Join { .. }
            | Self::Invite { .. }
            | Self::Room(_)
            | Self::Me { .. }
            | Self::Say { .. }
            | Self::Msg { .. }
            | Self::Reply { .. }
            | Self::ToRoom { .. }
            // Their reasons are told.
            | Self::Kick { .. }
            | Self::Impose { .. } => true,
            Self::Topic(change) => *change != TopicChange::Show,
            Self::Away { text } => text.is_some(),
            Self::Help { .. }
            | Self::Login { .. }
            | Self::Logout
            | Self::Passwd { .. }
            | Self::Unregister { .. }
            | Self::Whois { .. }
            | Self::Who { .. }
            | Self::Back
            | Self::Leave { .. }
            | Self::Rooms { .. }
            | Self::Switch { .. }
            | Self::History { .. }
            | Self::Search { .. }
            | Self::More
            | Self::Ignore { .. }
            | Self::Unignore { .. }
            | Self::Quiet(_)
            | Self::Timestamps(_)
            | Self::Tz { .. }
            | Self::Bell(_)
            | Self::Colour(_)
            | Self::Plain(_)
            | Self::Claim { .. }
            | Self::Op { .. }
            | Self::Deop { .. }
            | Self::Lift { .. }
            | Self::Bans { .. }
            | Self::Audit { .. }
            | Self::Lockdown(_)
            | Self::Motd
            | Self::Stats
            | Self::Uptime
            | Self::Version
            // What one says to that is asked about where it would be told.
            | Self::Quit { .. } => false,
        }
    }
}
