//! The bytes of a line that its client does not edit by itself: keys among them, and characters
//! that have not come whole.
//!
//! Owned here: what the keys take back, and what tells a character that a telnet has damaged from
//! bytes that never were UTF-8. Not known here: where a line ends, and what becomes of it.
//!
//! What the usual telnet (inetutils 2.4) makes of what is typed in its line mode, each byte from 80
//! to FF tried in a terminal: it looks for its keys in seven bits, so 83, 8F, 9A and 9C become IAC
//! and IP, AO, SUSP or BRK, which can be mended ([`ends_inside_character`]). 85 it drops, with `-E`
//! and without. 9D calls up its prompt, unless started with `-E`: the rest of the line goes there,
//! and the next line is sent right behind what came before the 9D. Nothing tells where an 85 was
//! (E5 AC is 公 as well as 嬅), nor that it was no 9D, so such a line is refused. In character mode
//! it sends the 85, and once it has agreed to `DO BINARY` (RFC 856) every byte, in both modes: so
//! that is what it is asked for.

/// Backspace as most terminals send it.
const DELETE: u8 = 0x7f;

/// Backspace as the others send it.
const BACKSPACE: u8 = 0x08;

/// ^U, which takes back the whole line.
const KILL: u8 = 0x15;

/// Whether it takes back something of the line before it.
pub(in crate::wire) fn is_editing_key(byte: u8) -> bool {
    matches!(byte, DELETE | BACKSPACE | KILL)
}

/// Does what the keys in the line say, and takes them out of it.
///
/// Most programs edit the line in their terminal, and send none of these. But some send each key as
/// it is pressed: C-Kermit, telnetlib3, a raw terminal behind socat; and BusyBox's telnet while it
/// hides a password. What somebody has taken back is not to be said.
pub(in crate::wire) fn edit(line: &mut Vec<u8>) {
    let Some(first) = memchr::memchr3(DELETE, BACKSPACE, KILL, line) else { return };
    let rest = line.split_off(first);
    for piece in rest.split_inclusive(|&byte| is_editing_key(byte)) {
        match piece {
            [.., KILL] => line.clear(),
            [text @ .., DELETE | BACKSPACE] => {
                line.extend_from_slice(text);
                drop_last_character(line);
            }
            text => line.extend_from_slice(text),
        }
    }
}

/// Takes the last UTF-8 character from the line, or the last byte of what is none.
fn drop_last_character(line: &mut Vec<u8>) {
    let length = line.len();
    let width = (1..=length.min(4))
        .find(|width| str::from_utf8(&line[length - width..]).is_ok())
        .unwrap_or(1);
    line.truncate(length.saturating_sub(width));
}

/// Whether the bytes end in the beginning of a UTF-8 character that can still be completed.
pub(in crate::wire) fn ends_inside_character(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    (0..tail.len()).any(|at| {
        str::from_utf8(&tail[at..])
            .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    })
}

/// Whether the bytes are UTF-8 but for characters that begin and do not go on: what is left of a
/// character when a telnet drops a byte of it.
pub(in crate::wire) fn lacks_only_bytes(line: &[u8]) -> bool {
    line.utf8_chunks().all(|chunk| match chunk.invalid() {
        [] => true,
        [first, ..] => matches!(first, 0xc2..=0xf4),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_take_back_what_stands_before_them() {
        let check = |typed: &[u8], expected: &[u8]| {
            let mut line = typed.to_vec();
            edit(&mut line);
            assert_eq!(line, expected, "{}", typed.escape_ascii());
        };
        check(b"abcd", b"abcd");
        check(b"abcd\x7fe", b"abce");
        check(b"zap me\x15ok", b"ok");
        check(b"\x08\x7f\x15", b"");
        check(b"ab\x08\x08\x08\x08c", b"c");
        check("漢字x\u{7f}\u{7f}k".as_bytes(), "漢k".as_bytes());
        check("é😀\u{8}".as_bytes(), "é".as_bytes());
        check(b"a\x80\x7f\x7fb", b"b");
    }

    #[test]
    fn what_a_telnet_has_damaged_lacks_bytes_and_has_none_too_many() {
        let check = |line: &[u8], expected: bool| {
            assert_eq!(lacks_only_bytes(line), expected, "{}", line.escape_ascii());
        };
        check("公共".as_bytes(), true);
        check(b"\xe5\xac\xe5\xb1", true);
        check(b"waves \xe6", true);
        check(b"\xd9", true);
        check(b"\xf0\x9f\x98 hi", true);
        // Latin-1 and GBK: what cannot begin a character, or goes on with none.
        check(b"caf\xff", false);
        check(b"\xc0 vous", false);
        check(b"\xb9\xab\xb9\xb2", false);
    }
}
