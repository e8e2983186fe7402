//! Rendered lines, shared by everyone who is shown them.
//!
//! A frame is more than bytes: for each line it knows the end, the author and the kind, so that a
//! recipient can be given a range of it without rendering again. It does not know who receives it
//! or how its bytes were made.

use std::ops::Range;
use std::sync::Arc;

use crate::limits;
use crate::model::ClientId;

/// The kind of a line, for recipients that want only some kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A message or action.
    Said,
    /// A notice that one or more people joined.
    Joined,
    /// A notice that one or more people left.
    Left,
    /// A notice that a person left, with their parting words.
    Parted,
    /// A notice that a person has a new name.
    Renamed,
    /// Any other notice.
    Notice,
}

/// One line of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLine {
    /// The author, or the first person that a notice is about.
    pub from: ClientId,
    /// The end of the line in the frame's bytes.
    pub end: u32,
    /// The kind of line.
    pub kind: LineKind,
}

/// The rendered bytes of consecutive lines of one room in one presentation. Immutable.
#[derive(Debug)]
pub struct Frame {
    bytes: Box<[u8]>,
    lines: Box<[FrameLine]>,
    tag: Option<Arc<str>>,
}

impl Frame {
    /// All bytes of the frame.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The lines of the frame.
    pub fn lines(&self) -> &[FrameLine] {
        &self.lines
    }

    /// The name of the room, if the lines carry it.
    pub fn tag(&self) -> Option<&Arc<str>> {
        self.tag.as_ref()
    }

    /// The number of lines.
    pub fn line_count(&self) -> u32 {
        self.lines.len() as u32
    }

    /// The byte range of these lines.
    pub fn byte_range(&self, lines: &Range<u32>) -> Range<u32> {
        self.end_of(lines.start)..self.end_of(lines.end)
    }

    /// The memory charged to a recipient of these lines, in bytes. Covers these lines alone: unless
    /// they are all lines of the frame, they are copied while they wait.
    pub fn charge_bytes(&self, lines: &Range<u32>) -> usize {
        let bytes = self.byte_range(lines);
        charge_bytes((bytes.end - bytes.start) as usize, lines.len())
    }

    /// The end of the first `count` lines.
    fn end_of(&self, count: u32) -> u32 {
        match count.checked_sub(1) {
            Some(last) => self.lines[last as usize].end,
            None => 0,
        }
    }
}

/// The memory of a piece with this many bytes and lines, in bytes.
pub fn charge_bytes(bytes: usize, lines: usize) -> usize {
    bytes + lines * size_of::<FrameLine>() + limits::PIECE_CHARGE_BYTES
}

/// A frame being built.
#[derive(Debug, Default)]
pub struct FrameBuilder {
    bytes: Vec<u8>,
    lines: Vec<FrameLine>,
    tag: Option<Arc<str>>,
}

impl FrameBuilder {
    /// Reserves room for this many bytes and lines; more may be added.
    pub fn with_capacity(bytes: usize, lines: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), lines: Vec::with_capacity(lines), tag: None }
    }

    /// Sets the name of the room that every line will carry.
    pub fn set_tag(&mut self, tag: &Arc<str>) {
        self.tag = Some(tag.clone());
    }

    /// The buffer to which the current line is appended; [`FrameBuilder::end_line`] ends it.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends the current line.
    pub fn end_line(&mut self, from: ClientId, kind: LineKind) {
        self.lines.push(FrameLine { from, end: self.bytes.len() as u32, kind });
    }

    /// The finished frame, in buffers of exactly its size.
    pub fn freeze(self) -> Frame {
        Frame {
            bytes: self.bytes.into_boxed_slice(),
            lines: self.lines.into_boxed_slice(),
            tag: self.tag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_lines_are_ranges_of_bytes() {
        let mut builder = FrameBuilder::default();
        for text in ["one\r\n", "", "three\r\n"] {
            builder.bytes_mut().extend_from_slice(text.as_bytes());
            builder.end_line(ClientId(1), LineKind::Said);
        }
        let frame = builder.freeze();
        let check = |lines: Range<u32>, expected: &str| {
            let bytes = frame.byte_range(&lines);
            let bytes = &frame.bytes()[bytes.start as usize..bytes.end as usize];
            assert_eq!(bytes, expected.as_bytes(), "{lines:?}");
        };
        check(0..3, "one\r\nthree\r\n");
        check(0..0, "");
        check(1..2, "");
        check(2..3, "three\r\n");
        check(3..3, "");
    }
}
