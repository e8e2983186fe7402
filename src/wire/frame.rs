//! Rendered lines, shared by everybody who is shown them.
//!
//! A frame is not just bytes: for each line it knows where it ends, who said it and of what kind it
//! is, so that a recipient can be given a range of it without another rendering. It does not know
//! who receives it or how its bytes came about.

use std::ops::Range;
use std::sync::Arc;

use crate::limits;
use crate::model::id::ClientId;

/// What kind of line it is, for recipients that want some kinds only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Somebody said it, or did it.
    Said,
    /// A notice: somebody came, or several did.
    Joined,
    /// A notice: somebody went, or several did.
    Left,
    /// A notice: somebody went, and said something to that.
    Parted,
    /// A notice: somebody is called otherwise.
    Renamed,
    /// A notice of something else.
    Notice,
}

/// One line of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLine {
    /// Who said it, or the first of those it tells of.
    pub from: ClientId,
    /// Where it ends in the frame's bytes.
    pub end: u32,
    /// Its kind.
    pub kind: LineKind,
}

/// The rendered bytes of consecutive lines of one room, in one presentation. Immutable.
#[derive(Debug)]
pub struct Frame {
    bytes: Box<[u8]>,
    lines: Box<[FrameLine]>,
    tag: Option<Arc<str>>,
}

impl Frame {
    /// All its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its lines.
    pub fn lines(&self) -> &[FrameLine] {
        &self.lines
    }

    /// The name of the room, where its lines carry it.
    pub fn tag(&self) -> Option<&Arc<str>> {
        self.tag.as_ref()
    }

    /// How many lines it has.
    pub fn line_count(&self) -> u32 {
        self.lines.len() as u32
    }

    /// Where the bytes of these lines are.
    pub fn byte_range(&self, lines: &Range<u32>) -> Range<u32> {
        self.end_of(lines.start)..self.end_of(lines.end)
    }

    /// What a recipient of these lines is charged for the memory that it keeps alive, in bytes: that
    /// of these lines alone, of which it has a copy while they wait, unless they are all.
    pub fn charge_bytes(&self, lines: &Range<u32>) -> usize {
        let bytes = self.byte_range(lines);
        charge_bytes((bytes.end - bytes.start) as usize, lines.len())
    }

    /// Where the first `count` lines end.
    fn end_of(&self, count: u32) -> u32 {
        match count.checked_sub(1) {
            Some(last) => self.lines[last as usize].end,
            None => 0,
        }
    }
}

/// Memory of a piece of so many bytes and lines, in bytes.
pub fn charge_bytes(bytes: usize, lines: usize) -> usize {
    bytes + lines * size_of::<FrameLine>() + limits::PIECE_CHARGE_BYTES
}

/// A frame in the making.
#[derive(Debug, Default)]
pub struct FrameBuilder {
    bytes: Vec<u8>,
    lines: Vec<FrameLine>,
    tag: Option<Arc<str>>,
}

impl FrameBuilder {
    /// Room for so many bytes and lines; more is allowed.
    pub fn with_capacity(bytes: usize, lines: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), lines: Vec::with_capacity(lines), tag: None }
    }

    /// Every line will carry this name of the room.
    pub fn set_tag(&mut self, tag: &Arc<str>) {
        self.tag = Some(tag.clone());
    }

    /// Where the bytes of the line at hand are appended; [`FrameBuilder::end_line`] ends it.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends the line at hand.
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
