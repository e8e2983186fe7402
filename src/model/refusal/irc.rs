//! The code with which an IRC client is answered in place of a refusal's own.
//!
//! A numeric is from RFC 2812 section 5, or from [Modern IRC] where that is newer (417 for a line
//! that is too long, 477 for what needs an account). Where no numeric says the same, the answer is
//! a [standard reply] of IRCv3. This module knows only the codes; the wire knows their parameters.
//!
//! [Modern IRC]: https://modern.ircdocs.horse/#numerics
//! [standard reply]: https://ircv3.net/specs/extensions/standard-replies

use crate::model::Refusal;
use crate::text::nick::NickError;

/// The code with which an IRC client is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IrcCode {
    /// A numeric of RFC 2812 or Modern IRC.
    Numeric(u16),
    /// `FAIL` of the IRCv3 standard replies, with [`Refusal::fail_code`].
    Fail,
}

impl Refusal {
    /// The code with which an IRC client is answered.
    pub fn irc(&self) -> IrcCode {
        let numeric = match self {
            Self::TooOften { .. } => 263,
            Self::NoSuchPerson { .. } => 401,
            Self::NoSuchRoom { .. }
            | Self::RoomGone
            | Self::RoomNameIsOneWord { .. }
            | Self::BadRoomName { .. }
            | Self::RoomResembles { .. } => 403,
            Self::SlowMode { .. } | Self::Muted(_) => 404,
            Self::InTooManyRooms { .. } => 405,
            Self::LineTooLong { .. } => 417,
            Self::UnknownCommand { .. } => 421,
            Self::BadName { why: NickError::Empty, .. } => 431,
            Self::BadName { .. } => 432,
            Self::NameInUse { .. } | Self::NameRegistered { .. } | Self::NameResembles { .. } => {
                433
            }
            Self::NotThere { .. } => 441,
            Self::InNoRoom | Self::NotInRoom { .. } | Self::RoomLeft => 442,
            Self::InRoomAlready { .. } => 443,
            Self::Usage { .. } | Self::RoomPasswordMissing => 461,
            Self::WrongPassword
            | Self::WrongOwnPassword
            | Self::WrongServerPassword
            | Self::ServerPasswordNotGiven => 464,
            Self::Banned(ban) if ban.room.is_none() => 465,
            Self::RoomLocked { .. } => 473,
            Self::Banned(_) => 474,
            Self::RoomNeedsPassword { .. } | Self::WrongRoomPassword { .. } => 475,
            Self::GuestsBanned(_) | Self::Lockdown => 477,
            Self::NeedsRank { .. } => 481,
            Self::NotOwner { .. }
            | Self::RoomHasNoOwner { .. }
            | Self::NotModerator { .. }
            | Self::Outranked { .. } => 482,
            Self::WrongToken | Self::ClaimNeedsAccount | Self::HasOwner => 491,
            _ => return IrcCode::Fail,
        };
        IrcCode::Numeric(numeric)
    }

    /// The stable code: the name of the variant in kebab case, as in JSON.
    pub fn code(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The code after `FAIL` and the command: the same in capitals with underscores, as the
    /// specification wants it.
    pub fn fail_code(&self) -> String {
        self.code().to_uppercase().replace('-', "_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reply::samples;

    #[test]
    fn codes() {
        let check = |refusal: Refusal, code: &str, irc: IrcCode| {
            assert_eq!((refusal.code().as_str(), refusal.irc()), (code, irc));
        };
        let bad_name = |why| Refusal::BadName { name: "".into(), why };
        check(bad_name(NickError::Empty), "bad-name", IrcCode::Numeric(431));
        check(bad_name(NickError::TooLong), "bad-name", IrcCode::Numeric(432));
        check(Refusal::InNoRoom, "in-no-room", IrcCode::Numeric(442));
        check(Refusal::NotUtf8, "not-utf8", IrcCode::Fail);
        assert_eq!(Refusal::NotUtf8.fail_code(), "NOT_UTF8");
    }

    #[test]
    fn a_ban_from_the_server_is_told_from_one_from_a_room() {
        for refusal in samples::refusals() {
            let Refusal::Banned(ban) = &refusal else { continue };
            let expected = if ban.room.is_some() { 474 } else { 465 };
            assert_eq!(refusal.irc(), IrcCode::Numeric(expected));
        }
    }

    #[test]
    fn a_numeric_is_an_error_or_the_request_to_try_again() {
        for refusal in samples::refusals() {
            if let IrcCode::Numeric(numeric) = refusal.irc() {
                assert!(numeric == 263 || (400..600).contains(&numeric), "{refusal:?}: {numeric}");
            }
            let code = refusal.fail_code();
            let is_shaped =
                code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            assert!(!code.is_empty() && is_shaped, "{refusal:?}: {code}");
        }
    }
}
