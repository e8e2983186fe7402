//! The bytes of a line that the client does not edit itself: editing keys among them, and
//! incomplete characters.
//!
//! This module decides what the keys delete, and tells characters that a telnet has damaged from
//! bytes that were never UTF-8. It does not know where a line ends or what happens to it.
//!
//! The usual telnet (inetutils 2.4) does the following to bytes typed in line mode (each byte from
//! 80 to FF was tried in a terminal): it looks for its keys in seven bits, so 83, 8F, 9A and 9C
//! become IAC and IP, AO, SUSP or BRK, which can be repaired ([`ends_inside_character`]). It drops
//! 85, with `-E` and without. 9D opens its prompt, unless it was started with `-E`: the rest of the
//! line goes there, and the next line is sent directly behind what preceded the 9D. Nothing reveals
//! where an 85 was (E5 AC is 公 as well as 嬅), or that it was not a 9D, so such a line is refused.
//! In character mode it sends the 85, and once it has agreed to `DO BINARY` (RFC 856) it sends
//! every byte, in both modes: so it is asked for that.

/// Backspace as most terminals send it.
const DELETE: u8 = 0x7f;

/// Backspace as the others send it.
const BACKSPACE: u8 = 0x08;

/// ^U, which deletes the whole line.
const KILL: u8 = 0x15;

/// Whether a byte is a key that deletes part of the line before it.
pub(in crate::wire) fn is_editing_key(byte: u8) -> bool {
    matches!(byte, DELETE | BACKSPACE | KILL)
}

/// Applies the editing keys in the line and removes them from it.
///
/// Most programs edit the line in their terminal and send none of these. But some send each key as
/// it is pressed: C-Kermit, telnetlib3, a raw terminal behind socat, and BusyBox's telnet while it
/// hides a password. Deleted text must not be said.
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

/// Removes the last UTF-8 character from the line, or the last byte if that is not part of one.
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

/// Whether the bytes are UTF-8 except for characters that begin and do not continue: the remains of
/// a character from which a telnet dropped a byte.
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
    fn keys_delete_what_precedes_them() {
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
    fn damaged_lines_lack_bytes_and_have_no_extra_ones() {
        let check = |line: &[u8], expected: bool| {
            assert_eq!(lacks_only_bytes(line), expected, "{}", line.escape_ascii());
        };
        check("公共".as_bytes(), true);
        check(b"\xe5\xac\xe5\xb1", true);
        check(b"waves \xe6", true);
        check(b"\xd9", true);
        check(b"\xf0\x9f\x98 hi", true);
        // Latin-1 and GBK: bytes that cannot begin a character, or that continue none.
        check(b"caf\xff", false);
        check(b"\xc0 vous", false);
        check(b"\xb9\xab\xb9\xb2", false);
    }
}
