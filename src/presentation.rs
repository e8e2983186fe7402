//! How lines look on the wire: rendering, once per presentation and never once per recipient.
//!
//! A [`Presentation`] is a closed key: everybody with the same one is handed the same bytes. What
//! is rendered is decided in [`crate::room`]; who receives it, above.

use std::fmt::Display;

use crate::frame::{FrameBuilder, LineKind};
use crate::id::ClientId;
use crate::lang::{Catalogue, fill};

/// How a client wants lines rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presentation {
    /// UTF-8 text, each line ended by CR LF, as the telnet NVT has it (RFC 854).
    Plain,
}

impl Presentation {
    /// How many there are; a presentation's `index` is below it.
    pub const COUNT: usize = 1;

    /// A small number for tables.
    pub fn index(self) -> usize {
        match self {
            Self::Plain => 0,
        }
    }

    /// A notice of the server's own to one client alone.
    pub fn notice(self, text: &str) -> Box<[u8]> {
        match self {
            Self::Plain => {
                let mut bytes = Vec::with_capacity(text.len() + 2);
                bytes.extend_from_slice(text.as_bytes());
                bytes.extend_from_slice(b"\r\n");
                bytes.into_boxed_slice()
            }
        }
    }
}

/// Something to render: one line on the screen.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// Somebody said something.
    Said {
        /// The author's name.
        name: &'a str,
        /// What was said.
        text: &'a str,
    },
    /// Somebody came, and `others` more.
    Joined {
        /// The first of them.
        name: &'a str,
        /// How many more.
        others: usize,
    },
    /// Somebody went, and `others` more.
    Left {
        /// The first of them.
        name: &'a str,
        /// How many more.
        others: usize,
    },
}

/// Appends one line to a frame.
pub fn render(
    frame: &mut FrameBuilder,
    presentation: Presentation,
    catalogue: &Catalogue,
    from: ClientId,
    shown: Shown<'_>,
) {
    let Presentation::Plain = presentation;
    let bytes = frame.bytes_mut();
    let kind = match shown {
        // The one that a flood consists of: no template, no formatting.
        Shown::Said { name, text } => {
            for part in [name, catalogue.said_separator, text] {
                bytes.extend_from_slice(part.as_bytes());
            }
            LineKind::Said
        }
        Shown::Joined { name, others } => {
            notice(bytes, catalogue.joined, catalogue.joined_run, name, others);
            LineKind::Joined
        }
        Shown::Left { name, others } => {
            notice(bytes, catalogue.left, catalogue.left_run, name, others);
            LineKind::Left
        }
    };
    bytes.extend_from_slice(b"\r\n");
    frame.end_line(from, kind);
}

fn notice(bytes: &mut Vec<u8>, one: &str, run: &str, name: &str, others: usize) {
    let name: (&str, &dyn Display) = ("name", &name);
    let text = match others {
        0 => fill(one, &[name]),
        others => fill(run, &[name, ("others", &others)]),
    };
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn lines_on_the_plain_wire() {
        let check = |lang: Lang, shown: Shown<'_>, expected: &str| {
            let mut frame = FrameBuilder::default();
            render(&mut frame, Presentation::Plain, lang.catalogue(), ClientId(1), shown);
            assert_eq!(String::from_utf8_lossy(frame.freeze().bytes()), expected);
        };
        let (said, joined) = (
            Shown::Said { name: "amber-otter", text: "hi {name}" },
            Shown::Joined { name: "amber-otter", others: 0 },
        );
        check(Lang::En, said, "amber-otter: hi {name}\r\n");
        check(Lang::Zh, said, "amber-otter: hi {name}\r\n");
        check(Lang::En, joined, "amber-otter joined\r\n");
        check(Lang::Zh, joined, "amber-otter 上线\r\n");
        let run = Shown::Joined { name: "amber-otter", others: 212 };
        check(Lang::En, run, "amber-otter and 212 others joined\r\n");
        let left = Shown::Left { name: "amber-otter", others: 0 };
        check(Lang::Zh, left, "amber-otter 下线\r\n");
        let run = Shown::Left { name: "amber-otter", others: 7 };
        check(Lang::En, run, "amber-otter and 7 others left\r\n");
    }
}
