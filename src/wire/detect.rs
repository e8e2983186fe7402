//! Recognises clients that are not people by their first bytes: browsers, TLS clients and SSH
//! clients.
//!
//! This module tells them apart from users, and has the reply to a browser. It does not know where
//! a line ends or what happens to these clients.

/// The beginning of a TLS connection: a handshake record (RFC 8446 section 5.1) of any version 3.x.
pub(super) const TLS_HELLO: [u8; 2] = [0x16, 0x03];

/// The beginning of an SSH client's identification, which it sends without waiting (RFC 4253
/// section 4.2).
pub(super) const SSH_IDENTIFICATION: &[u8] = b"SSH-2.0-";

/// Whether a line is an HTTP request, `^[A-Z]+ \S+ HTTP/(1\.[01]|2\.0)$` (RFC 9112 section 3). A
/// user who says `GET ready` is a person.
pub(super) fn is_http_request(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return false;
    };
    !method.is_empty()
        && method.iter().all(u8::is_ascii_uppercase)
        && !target.is_empty()
        && !target.iter().any(u8::is_ascii_whitespace)
        // The last one is the preface of HTTP/2 (RFC 9113 section 3.4).
        && matches!(version, b"HTTP/1.0" | b"HTTP/1.1" | b"HTTP/2.0")
}

/// Whether a line begins like a request whose target is too long to see its end: what follows it,
/// cookies included, must not be taken for messages.
pub(super) fn begins_http_request(line: &[u8]) -> bool {
    let Some(space) = memchr::memchr(b' ', line) else { return false };
    let (method, rest) = (&line[..space], &line[space + 1..]);
    let (target, version) = match memchr::memchr(b' ', rest) {
        Some(space) => (&rest[..space], &rest[space + 1..]),
        None => (rest, &[][..]),
    };
    !method.is_empty()
        && method.iter().all(u8::is_ascii_uppercase)
        && (target.starts_with(b"/") || target.starts_with(b"http"))
        && !target.iter().any(u8::is_ascii_whitespace)
        && (b"HTTP/1.1".starts_with(version) || b"HTTP/1.0".starts_with(version))
}

/// A whole HTTP response (RFC 9112 section 4) without its last CR LF, so that a browser shows the
/// text.
pub(super) fn http_answer(text: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len() + 2
    )
    .into_bytes()
}
