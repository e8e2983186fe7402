//! How people join, printed once when the server starts.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use hobnob::lang::{Catalogue, fill};
use hobnob::moderation::OwnerToken;

use crate::values::Scheme;

/// Prints it, without ever waiting for whoever reads standard output.
pub(crate) fn print(
    entrances: &[(Scheme, SocketAddr)],
    catalogue: &Catalogue,
    owner_token: Option<&OwnerToken>,
) {
    let text = text(entrances, catalogue, owner_token, own_address);
    let print = move || {
        // Whoever does not read it does without.
        let _ = std::io::stdout().write_all(text.as_bytes());
    };
    if let Err(error) = std::thread::Builder::new().name("invitation".into()).spawn(print) {
        tracing::warn!(%error, "cannot print how people join");
    }
}

fn text(
    entrances: &[(Scheme, SocketAddr)],
    catalogue: &Catalogue,
    owner_token: Option<&OwnerToken>,
    own_address: impl Fn() -> Option<IpAddr>,
) -> String {
    let listed: Vec<String> =
        entrances.iter().map(|(scheme, address)| format!("{}{address}", scheme.prefix())).collect();
    let mut text = fill(catalogue.listening, &[("addresses", &listed.join(", "))]);
    text.push('\n');
    text.push_str(catalogue.join_with);
    text.push('\n');
    let mut targets: Vec<(Scheme, String, u16)> = Vec::new();
    for (scheme, address) in entrances {
        let host = match address.ip() {
            ip if ip.is_loopback() => "localhost".to_owned(),
            ip if ip.is_unspecified() => {
                own_address().map_or_else(|| "localhost".to_owned(), |ip| ip.to_string())
            }
            ip => ip.to_string(),
        };
        let target = (*scheme, host, address.port());
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    for (scheme, host, port) in targets {
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        text.push_str(&format!("  {} {host} {port}\n", catalogue.telnet_command));
        // It would show what is negotiated with a telnet.
        if scheme == Scheme::Plain {
            text.push_str(&format!("  nc {host} {port}\n"));
        }
        text.push_str(&format!("  hobnob {bracketed}:{port}\n"));
    }
    if let Some(token) = owner_token {
        text.push_str(&fill(catalogue.own_with, &[("token", token)]));
        text.push('\n');
    }
    text.push_str(catalogue.stop_with);
    text.push('\n');
    text
}

/// The address by which this machine would reach the rest of the world. Nothing is sent: connecting
/// a datagram socket only looks up the route. The addresses are reserved for documentation (RFC
/// 5737, RFC 3849), so nobody is there.
fn own_address() -> Option<IpAddr> {
    [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")].into_iter().find_map(
        |(from, to)| {
            let socket = UdpSocket::bind(from).ok()?;
            socket.connect(to).ok()?;
            let address = socket.local_addr().ok()?.ip();
            (!address.is_unspecified() && !address.is_loopback()).then_some(address)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hobnob::lang::Lang;

    #[test]
    fn whoever_starts_a_server_without_an_owner_can_claim_it() {
        let token = OwnerToken::of([9; 16]).unwrap();
        let text = text(&[], Lang::En.catalogue(), Some(&token), || None);
        assert!(text.contains("/claim 9999-9999-9999-9999\n"), "{text}");
    }

    /// Without `-E`, a byte of 来 calls up its own prompt.
    #[test]
    fn chinese_needs_a_telnet_without_an_escape_character() {
        let entrances = [(Scheme::Plain, "127.0.0.1:8000".parse().unwrap())];
        let text = text(&entrances, Lang::Zh.catalogue(), None, || None);
        assert!(text.contains("  telnet -E localhost 8000\n"), "{text}");
    }

    #[test]
    fn the_commands_are_the_ones_to_type() {
        let check = |addresses: &[&str], commands: &[&str]| {
            let entrance = |text: &&str| match text.strip_prefix("telnet://") {
                Some(address) => (Scheme::Telnet, address.parse().unwrap()),
                None => (Scheme::Plain, text.parse().unwrap()),
            };
            let entrances: Vec<_> = addresses.iter().map(entrance).collect();
            let own = || "192.168.1.5".parse().ok();
            let text = text(&entrances, Lang::En.catalogue(), None, own);
            let found: Vec<&str> =
                text.lines().filter_map(|line| line.strip_prefix("  ")).collect();
            assert_eq!(found, commands);
        };
        check(
            &["127.0.0.1:8000", "[::1]:8000"],
            &["telnet localhost 8000", "nc localhost 8000", "hobnob localhost:8000"],
        );
        check(
            &["127.0.0.1:8000", "telnet://127.0.0.1:8023"],
            &[
                "telnet localhost 8000",
                "nc localhost 8000",
                "hobnob localhost:8000",
                "telnet localhost 8023",
                "hobnob localhost:8023",
            ],
        );
        check(
            &["[::]:23"],
            &["telnet 192.168.1.5 23", "nc 192.168.1.5 23", "hobnob 192.168.1.5:23"],
        );
        check(
            &["[2001:db8::1]:1"],
            &["telnet 2001:db8::1 1", "nc 2001:db8::1 1", "hobnob [2001:db8::1]:1"],
        );
    }
}
