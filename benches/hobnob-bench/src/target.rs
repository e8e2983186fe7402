//! The target of a measurement: a protocol, over TLS or not, and an address, written as a URL.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// The supported protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Lines of text that every client receives: hobnob, the original in Go, `ncat --chat`.
    Line,
    /// The same with telnet in character mode.
    Telnet,
    /// IRC (RFC 2812), with all clients in one channel.
    Irc,
    /// Redis: SUBSCRIBE and PUBLISH.
    Redis,
    /// NATS: core SUB and PUB.
    Nats,
}

impl Scheme {
    pub(crate) const ALL: [Self; 5] =
        [Self::Line, Self::Telnet, Self::Irc, Self::Redis, Self::Nats];

    /// The name before `://`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Telnet => "telnet",
            Self::Irc => "irc",
            Self::Redis => "redis",
            Self::Nats => "nats",
        }
    }
}

/// Follows the name of a scheme that is spoken over TLS.
const TLS: &str = "+tls";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    /// The scheme ends with [`TLS`].
    pub(crate) is_tls: bool,
    /// A name or an address, IPv6 without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Target {
    /// # Errors
    /// Why the name has no address.
    pub(crate) fn address(&self) -> Result<SocketAddr, String> {
        (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|error| error.to_string())?
            // If `localhost` has both kinds of address, most servers use the IPv4 one.
            .min_by_key(|address| !address.is_ipv4())
            .ok_or_else(|| "the name has no address".to_owned())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, is_tls, host, port } = self;
        let tls = if *is_tls { TLS } else { "" };
        match host.contains(':') {
            true => write!(f, "{}{tls}://[{host}]:{port}", scheme.name()),
            false => write!(f, "{}{tls}://{host}:{port}", scheme.name()),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names: Vec<&str> = Scheme::ALL.iter().map(|scheme| scheme.name()).collect();
        let expected =
            || format!("write SCHEME://HOST:PORT with one of the schemes {}", names.join(", "));
        let (scheme, rest) = text.split_once("://").ok_or_else(expected)?;
        let (name, is_tls) = match scheme.strip_suffix(TLS) {
            Some(name) => (name, true),
            None => (scheme, false),
        };
        let scheme = *Scheme::ALL
            .iter()
            .find(|known| known.name() == name)
            .ok_or_else(|| format!("unknown scheme {scheme}://; {}", expected()))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.rsplit_once(':').ok_or_else(expected)?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| format!("{port:?} is not a port; {}", expected()))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if host.is_empty() || bare.is_none() && host.contains([':', '/', '@']) {
            return Err(format!("{host:?} is not a host; {}", expected()));
        }
        Ok(Self { scheme, is_tls, host: bare.unwrap_or(host).to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed() {
        let check = |text: &str, expected: Option<&str>| {
            let target = text.parse::<Target>().ok().map(|target| target.to_string());
            assert_eq!(target.as_deref(), expected, "{text}");
        };
        check("line://localhost:8000", Some("line://localhost:8000"));
        check("redis://127.0.0.1:6379/", Some("redis://127.0.0.1:6379"));
        check("nats://[::1]:4222", Some("nats://[::1]:4222"));
        check("irc://chat.example.org:6667", Some("irc://chat.example.org:6667"));
        check("line+tls://localhost:8000", Some("line+tls://localhost:8000"));
        check("telnet+tls://[::1]:8000/", Some("telnet+tls://[::1]:8000"));
        check("http://localhost:8000", None);
        check("http+tls://localhost:8000", None);
        check("+tls://localhost:8000", None);
        check("line+tls+tls://localhost:8000", None);
        check("localhost:8000", None);
        check("line://localhost", None);
        check("line://localhost:", None);
        check("line://localhost:0", None);
        check("line://localhost:70000", None);
        check("line://:8000", None);
        check("line://::1:8000", None);
        check("irc://me@host:6667", None);
        check("", None);
    }
}
