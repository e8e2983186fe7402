//! What programs are sent that speak a protocol which is not served, and how clients of each
//! protocol are refused.
//!
//! This module writes each answer in the protocol of its reader. It does not know how a caller is
//! recognised.

use std::time::SystemTime;

use super::recogniser::{Caller, HttpRequest};
use crate::base::zone::Zone;
use crate::lang::{self, Times};
use crate::model::{Lang, Refusal};

/// How long a refused HTTP client is asked to wait, in seconds (RFC 9110 section 10.2.3): as long
/// as the sentence says that comes with it.
const RETRY_AFTER_SECONDS: u32 = 60;

/// A TLS alert (RFC 8446 section 6) that ends a handshake.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Alert {
    /// The server admits no more clients now.
    AccessDenied = 49,
    /// TLS is not spoken here, in any version.
    ProtocolVersion = 70,
}

impl Alert {
    /// The alert as a record that is not encrypted, of the version that all peers accept.
    fn record(self) -> Vec<u8> {
        const ALERT: u8 = 21;
        const FATAL: u8 = 2;
        vec![ALERT, 3, 1, 0, 2, FATAL, self as u8]
    }
}

/// The last bytes for a caller whose protocol is not served; empty for one that would not
/// understand any.
pub(crate) fn answer(caller: Caller, lang: Lang) -> Vec<u8> {
    match caller {
        Caller::Http(HttpRequest::Version1) => http("400 Bad Request", None, lang::not_http(lang)),
        Caller::Http(HttpRequest::TooLong) => http("414 URI Too Long", None, lang::not_http(lang)),
        Caller::Http(HttpRequest::Version2) => {
            http("505 HTTP Version Not Supported", None, lang::not_http(lang))
        }
        Caller::Irc => irc_error(lang::not_irc(lang)),
        Caller::Ssh => line(lang::not_ssh(lang)),
        Caller::Tls => Alert::ProtocolVersion.record(),
        Caller::Text | Caller::Telnet | Caller::ProxyHeader | Caller::Other(_) => Vec::new(),
    }
}

/// The last bytes for a caller that is not admitted; empty for one that would not understand any.
pub(crate) fn refusal(caller: Caller, refusal: &Refusal, lang: Lang) -> Vec<u8> {
    // These refusals contain no time.
    let times = Times { zone: Zone::of_server(), now: SystemTime::UNIX_EPOCH };
    let sentence = || lang::refusal(lang, refusal, &times);
    match caller {
        Caller::Text | Caller::Telnet => line(&sentence()),
        Caller::Http(_) => http("503 Service Unavailable", Some(RETRY_AFTER_SECONDS), &sentence()),
        Caller::Irc => irc_error(&sentence()),
        Caller::Tls => Alert::AccessDenied.record(),
        Caller::Ssh | Caller::ProxyHeader | Caller::Other(_) => Vec::new(),
    }
}

fn line(text: &str) -> Vec<u8> {
    format!("{text}\r\n").into_bytes()
}

/// The message that ends an IRC connection (RFC 2812 section 3.7.4).
fn irc_error(text: &str) -> Vec<u8> {
    format!("ERROR :{text}\r\n").into_bytes()
}

/// A whole HTTP response (RFC 9112 section 4), so that a browser shows the text.
fn http(status: &str, retry_after_seconds: Option<u32>, text: &str) -> Vec<u8> {
    let retry = retry_after_seconds.map(|seconds| format!("Retry-After: {seconds}\r\n"));
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         {}Connection: close\r\n\r\n{text}\r\n",
        text.len() + 2,
        retry.unwrap_or_default()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: Vec<u8>) -> String {
        bytes.escape_ascii().to_string()
    }

    #[test]
    fn strangers_are_answered_in_their_own_protocol() {
        let check = |caller: Caller, expected: &str| {
            assert_eq!(shown(answer(caller, Lang::En)), expected);
        };
        check(Caller::Tls, "\\x15\\x03\\x01\\x00\\x02\\x02F");
        check(
            Caller::Irc,
            "ERROR :This is a chat server without IRC. Join it with telnet, nc or hobnob.\\r\\n",
        );
        check(
            Caller::Ssh,
            "This is a chat server, not an SSH server. Join it with telnet, nc or hobnob.\\r\\n",
        );
        check(Caller::Other("a SOCKS client"), "");
        check(Caller::ProxyHeader, "");
        let http = |request| shown(answer(Caller::Http(request), Lang::En));
        assert!(http(HttpRequest::Version1).starts_with("HTTP/1.1 400 "));
        assert!(http(HttpRequest::Version2).starts_with("HTTP/1.1 505 "));
        assert!(http(HttpRequest::TooLong).starts_with("HTTP/1.1 414 "));
    }

    #[test]
    fn refusals_are_written_in_the_protocol_of_the_caller() {
        let full = Refusal::ServerFull { max: 7 };
        let check = |caller: Caller, expected: &str| {
            assert_eq!(shown(refusal(caller, &full, Lang::En)), expected);
        };
        let text = "The server is full (7 clients). Please try again later.";
        check(Caller::Text, &format!("{text}\\r\\n"));
        check(Caller::Telnet, &format!("{text}\\r\\n"));
        check(Caller::Irc, &format!("ERROR :{text}\\r\\n"));
        check(Caller::Tls, "\\x15\\x03\\x01\\x00\\x02\\x021");
        check(Caller::Other("a SOCKS client"), "");
        let length = text.len() + 2;
        check(
            Caller::Http(HttpRequest::Version1),
            &format!(
                "HTTP/1.1 503 Service Unavailable\\r\\n\
                 Content-Type: text/plain; charset=utf-8\\r\\nContent-Length: {length}\\r\\n\
                 Retry-After: 60\\r\\nConnection: close\\r\\n\\r\\n{text}\\r\\n"
            ),
        );
    }
}
