//! Redis pub/sub, in RESP2 (redis.io, "Redis serialization protocol specification").
//!
//! A connection that has subscribed cannot publish, so senders have connections of their own.

use super::{CHANNEL, Dialect, Greeting, Heard, Identity, Role, first_line, readable};

pub(super) struct Redis;

const PING: &[u8] = b"PING\r\n";

impl Dialect for Redis {
    fn senders_receive(&self) -> bool {
        false
    }

    fn opening(&self, role: Role, _: Identity) -> Vec<u8> {
        match role {
            Role::Client => format!("SUBSCRIBE {CHANNEL}\r\n").into_bytes(),
            Role::Sender => PING.to_vec(),
            Role::Idle => Vec::new(),
        }
    }

    fn greeting(&self, role: Role) -> Greeting {
        match role {
            Role::Client | Role::Sender => Greeting::Always,
            Role::Idle => Greeting::OnRequest(PING),
        }
    }

    fn connects_waiting_max(&self) -> usize {
        // The default backlog is 511.
        384
    }

    fn decode<'a>(&self, _: Role, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let (line, length) = first_line(bytes)?;
        match line.first() {
            Some(b'*') => array(bytes, length),
            Some(b'-') => Some((Heard::Refused(readable(&line[1..])), length)),
            Some(b'+') => Some((Heard::Ready, length)),
            Some(b':') => Some((Heard::Other, length)),
            _ => Some((Heard::Refused(unexpected(line)), length)),
        }
    }

    fn say(&self, text: &[u8], bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(b"PUBLISH ");
        bytes.extend_from_slice(CHANNEL.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\r\n");
    }
}

/// `message CHANNEL TEXT` or `subscribe CHANNEL COUNT`, whose first line ends at `at`.
fn array(bytes: &[u8], at: usize) -> Option<(Heard<'_>, usize)> {
    let (kind, at) = element(bytes, at)?;
    let (_, at) = element(bytes, at)?;
    let (last, at) = element(bytes, at)?;
    let heard = match kind {
        b"message" => Heard::Said(last.into()),
        b"subscribe" => Heard::Ready,
        _ => Heard::Other,
    };
    Some((heard, at))
}

/// The bulk string or number at `at`, and its end.
fn element(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (line, length) = first_line(&bytes[at..])?;
    let at = at + length;
    let Some(digits) = line.strip_prefix(b"$") else { return Some((line, at)) };
    // An invalid length gives an empty text, which is noticed when it is read.
    let count = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    let end = at.saturating_add(count.unwrap_or(0));
    let text = bytes.get(at..end)?;
    (bytes.len() >= end.saturating_add(2)).then_some((text, end + 2))
}

fn unexpected(line: &[u8]) -> String {
    format!("{:?} is not valid in the Redis protocol", readable(line))
}
