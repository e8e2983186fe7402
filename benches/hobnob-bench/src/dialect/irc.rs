//! IRC (RFC 2812): register, join one channel, answer PING. An idle connection only registers.
//!
//! Senders stay outside the channel, because IRC does not echo a member's own messages: so every
//! client in it receives every line.

use super::{CHANNEL, Dialect, Greeting, Heard, Identity, Role, first_line, readable};

pub(super) struct Irc;

impl Dialect for Irc {
    fn senders_receive(&self) -> bool {
        false
    }

    fn opening(&self, _: Role, Identity { run, number }: Identity) -> Vec<u8> {
        // A nickname has at most nine characters (RFC 2812, 1.2.1). Nicknames are not reused,
        // because a server may not have noticed yet that the previous owner is gone.
        let nick = format!("b{:03x}{number:05}", run & 0xfff);
        format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n").into_bytes()
    }

    fn greeting(&self, _: Role) -> Greeting {
        Greeting::Always
    }

    fn connects_waiting_max(&self) -> usize {
        // ngIRCd's backlog is 10.
        8
    }

    fn decode<'a>(&self, role: Role, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let (line, length) = first_line(bytes)?;
        Some((heard(role, line), length))
    }

    fn say(&self, text: &[u8], bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(b"PRIVMSG #");
        bytes.extend_from_slice(CHANNEL.as_bytes());
        bytes.extend_from_slice(b" :");
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\r\n");
    }
}

fn heard(role: Role, line: &[u8]) -> Heard<'_> {
    if let Some(token) = line.strip_prefix(b"PING ") {
        return Heard::Reply([b"PONG ", token, b"\r\n"].concat());
    }
    if let Some(reason) = line.strip_prefix(b"ERROR :") {
        return Heard::Refused(readable(reason));
    }
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let (_, command, _, rest) = (words.next(), words.next(), words.next(), words.next());
    match (command, role) {
        (Some(b"PRIVMSG"), _) => {
            let text = rest.unwrap_or_default();
            Heard::Said(text.strip_prefix(b":").unwrap_or(text).into())
        }
        // RPL_WELCOME
        (Some(b"001"), Role::Sender | Role::Idle) => Heard::Ready,
        (Some(b"001"), _) => Heard::Reply(format!("JOIN #{CHANNEL}\r\n").into_bytes()),
        // RPL_ENDOFNAMES ends the reply to JOIN.
        (Some(b"366"), _) => Heard::Ready,
        // Errors (RFC 2812, 5.2), except ERR_NOMOTD.
        (Some([b'4' | b'5', b'0'..=b'9', b'0'..=b'9']), _) if command != Some(b"422") => {
            Heard::Refused(readable(line))
        }
        _ => Heard::Other,
    }
}
