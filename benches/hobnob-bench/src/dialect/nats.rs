//! NATS core (docs.nats.io, "Client Protocol"): SUB and PUB, on the same connection.

use super::{CHANNEL, Dialect, Greeting, Heard, Identity, Role, first_line, readable};

pub(super) struct Nats;

impl Dialect for Nats {
    fn senders_receive(&self) -> bool {
        true
    }

    fn has_one_order(&self) -> bool {
        // NATS guarantees only the order of each publisher (docs.nats.io, "FAQ"), and in a flood
        // its subscribers do see several publishers' messages in different orders.
        false
    }

    fn opening(&self, role: Role, _: Identity) -> Vec<u8> {
        const CONNECT: &str = "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true}\r\n";
        match role {
            Role::Client => format!("{CONNECT}SUB {CHANNEL} 1\r\nPING\r\n").into_bytes(),
            Role::Sender => format!("{CONNECT}PING\r\n").into_bytes(),
            Role::Idle => Vec::new(),
        }
    }

    fn greeting(&self, _: Role) -> Greeting {
        Greeting::Always
    }

    fn connects_waiting_max(&self) -> usize {
        // Go listens with the system's limit, which is 4,096.
        2048
    }

    fn decode<'a>(&self, role: Role, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let (line, length) = first_line(bytes)?;
        let heard = match line.split(|byte| *byte == b' ').next().unwrap_or_default() {
            b"MSG" => return message(line, bytes, length),
            b"PING" => Heard::Reply(b"PONG\r\n".to_vec()),
            b"PONG" => Heard::Ready,
            // The server greets every connection with this.
            b"INFO" if role == Role::Idle => Heard::Ready,
            b"INFO" | b"+OK" => Heard::Other,
            _ => Heard::Refused(readable(line)),
        };
        Some((heard, length))
    }

    fn say(&self, text: &[u8], bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(format!("PUB {CHANNEL} {}\r\n", text.len()).as_bytes());
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\r\n");
    }
}

/// `MSG subject sid size`, followed by the text.
fn message<'a>(line: &'a [u8], bytes: &'a [u8], at: usize) -> Option<(Heard<'a>, usize)> {
    let size = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let size = std::str::from_utf8(size).ok().and_then(|size| size.parse::<usize>().ok());
    let Some(size) = size else { return Some((Heard::Refused(readable(line)), at)) };
    let end = at.saturating_add(size);
    let text = bytes.get(at..end)?;
    (bytes.len() >= end.saturating_add(2)).then_some((Heard::Said(text.into()), end + 2))
}
