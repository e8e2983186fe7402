//! How to join, printed once when the server starts.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use hobnob::lang::Startup;
use hobnob::model::moderation::OwnerToken;
use hobnob::wire::door::Scheme;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;

/// Maximum number of addresses printed for a wildcard: one for each network that a machine usually
/// belongs to. A longer list would not help anyone who copies a line of it.
const OWN_ADDRESSES_MAX: usize = 3;

/// Prints how to join, without waiting for the reader of standard output.
pub(crate) fn print(
    entrances: &[(Scheme, SocketAddr)],
    texts: &Startup,
    owner_token: Option<&OwnerToken>,
) {
    let text = text(entrances, texts, owner_token, &own_addresses());
    let print = move || {
        // A closed standard output does not matter.
        let _ = std::io::stdout().write_all(text.as_bytes());
    };
    if let Err(error) = std::thread::Builder::new().name("invitation".into()).spawn(print) {
        tracing::warn!(%error, "cannot print how to join");
    }
}

/// The text. `own` has the addresses of this machine that others can reach, the best first.
fn text(
    entrances: &[(Scheme, SocketAddr)],
    texts: &Startup,
    owner_token: Option<&OwnerToken>,
    own: &[IpAddr],
) -> String {
    let listed: Vec<String> =
        entrances.iter().map(|(scheme, address)| format!("{}{address}", scheme.prefix())).collect();
    let mut text = (texts.listening)(&listed.join(", "));
    text.push('\n');
    let mut targets: Vec<(Scheme, String, u16)> = Vec::new();
    for (scheme, address) in entrances {
        for host in hosts(address.ip(), own) {
            let target = (*scheme, host, address.port());
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
    }
    text.push_str(if targets.is_empty() { texts.join_later } else { texts.join_with });
    text.push('\n');
    for (scheme, host, port) in targets {
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        text.push_str(&format!("  {} {host} {port}\n", texts.telnet_command));
        // nc would display the negotiation with telnet.
        if scheme != Scheme::Telnet {
            text.push_str(&format!("  nc {host} {port}\n"));
        }
        text.push_str(&format!("  hobnob {bracketed}:{port}\n"));
    }
    if let Some(token) = owner_token {
        text.push_str(&(texts.own_with)(&token.to_string()));
        text.push('\n');
    }
    text.push_str(texts.stop_with);
    text.push('\n');
    text
}

/// The names and addresses of a socket that is bound to this address.
fn hosts(bound: IpAddr, own: &[IpAddr]) -> Vec<String> {
    match bound {
        // `localhost` means no other loopback address.
        IpAddr::V4(Ipv4Addr::LOCALHOST) | IpAddr::V6(Ipv6Addr::LOCALHOST) => {
            vec!["localhost".to_owned()]
        }
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
            own.iter().take(OWN_ADDRESSES_MAX).map(ToString::to_string).collect()
        }
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => {
            let own = own.iter().filter(|ip| ip.is_ipv4());
            own.take(OWN_ADDRESSES_MAX).map(ToString::to_string).collect()
        }
        ip => vec![ip.to_string()],
    }
}

/// The addresses of this machine that others can reach: first those it uses to reach the Internet,
/// then IPv4 before IPv6, which is longer to type.
fn own_addresses() -> Vec<IpAddr> {
    let is_up = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING;
    // Without this list there may still be the routed addresses.
    let interfaces = getifaddrs().into_iter().flatten();
    let mut of_interfaces: Vec<IpAddr> = interfaces
        .filter(|interface| interface.flags.contains(is_up))
        .filter_map(|interface| interface.address.and_then(ip_of))
        .collect();
    of_interfaces.sort_by_key(IpAddr::is_ipv6);
    let mut found: Vec<IpAddr> = Vec::new();
    for ip in routed_addresses().chain(of_interfaces).filter(|ip| is_reachable(*ip)) {
        if !found.contains(&ip) {
            found.push(ip);
        }
    }
    found
}

fn ip_of(address: SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|address| address.ip().into());
    v4.or_else(|| address.as_sockaddr_in6().map(|address| address.ip().into()))
}

/// Whether another machine can use the address as it is written: a link-local address would also
/// need the name of an interface (RFC 4007).
fn is_reachable(ip: IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !is_link_local && !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast()
}

/// The addresses from which this machine would reach the Internet. Nothing is sent: connecting a
/// datagram socket only looks up the route. The destinations are reserved for documentation (RFC
/// 5737, RFC 3849), so nobody is there.
fn routed_addresses() -> impl Iterator<Item = IpAddr> {
    [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")].into_iter().filter_map(
        |(from, to)| {
            let socket = UdpSocket::bind(from).ok()?;
            socket.connect(to).ok()?;
            Some(socket.local_addr().ok()?.ip())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hobnob::lang::startup;
    use hobnob::model::language::Lang;

    #[test]
    fn a_server_without_an_owner_prints_how_to_claim_it() {
        let token = OwnerToken::of([9; 16]).unwrap();
        let text = text(&[], startup(Lang::En), Some(&token), &[]);
        assert!(text.contains("/claim 9999-9999-9999-9999\n"), "{text}");
    }

    /// Without `-E`, one byte of 来 opens telnet's own prompt.
    #[test]
    fn chinese_needs_a_telnet_without_an_escape_character() {
        let entrances = [(Scheme::Any, "127.0.0.1:8000".parse().unwrap())];
        let text = text(&entrances, startup(Lang::Zh), None, &[]);
        assert!(text.contains("  telnet -E localhost 8000\n"), "{text}");
    }

    #[test]
    fn the_commands_are_the_ones_to_type() {
        let check = |addresses: &[&str], commands: &[&str]| {
            let entrance = |text: &&str| match text.strip_prefix("telnet://") {
                Some(address) => (Scheme::Telnet, address.parse().unwrap()),
                None => (Scheme::Any, text.parse().unwrap()),
            };
            let entrances: Vec<_> = addresses.iter().map(entrance).collect();
            let own = ["192.168.1.5", "10.0.0.2", "2001:db8::5", "10.9.9.9"];
            let own = own.map(|ip| ip.parse().unwrap());
            let text = text(&entrances, startup(Lang::En), None, &own);
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
            &["telnet://[::]:23"],
            &[
                "telnet 192.168.1.5 23",
                "hobnob 192.168.1.5:23",
                "telnet 10.0.0.2 23",
                "hobnob 10.0.0.2:23",
                "telnet 2001:db8::5 23",
                "hobnob [2001:db8::5]:23",
            ],
        );
        check(
            &["telnet://0.0.0.0:1"],
            &[
                "telnet 192.168.1.5 1",
                "hobnob 192.168.1.5:1",
                "telnet 10.0.0.2 1",
                "hobnob 10.0.0.2:1",
                "telnet 10.9.9.9 1",
                "hobnob 10.9.9.9:1",
            ],
        );
        // The first two addresses cannot be reached by the name of the third.
        check(
            &["telnet://127.0.0.2:1", "telnet://127.0.0.3:1", "telnet://127.0.0.1:1"],
            &[
                "telnet 127.0.0.2 1",
                "hobnob 127.0.0.2:1",
                "telnet 127.0.0.3 1",
                "hobnob 127.0.0.3:1",
                "telnet localhost 1",
                "hobnob localhost:1",
            ],
        );
        check(
            &["[2001:db8::1]:1"],
            &["telnet 2001:db8::1 1", "nc 2001:db8::1 1", "hobnob [2001:db8::1]:1"],
        );
    }

    #[test]
    fn a_machine_without_an_address_invites_nobody_to_itself() {
        let entrance = [(Scheme::Any, "[::]:8000".parse().unwrap())];
        let text = text(&entrance, startup(Lang::En), None, &[]);
        assert!(!text.contains("localhost"), "{text}");
        assert!(text.contains("no network address"), "{text}");
    }

    #[test]
    fn addresses_that_others_can_use() {
        let check = |ip: &str, expected| assert_eq!(is_reachable(ip.parse().unwrap()), expected);
        check("192.168.1.5", true);
        check("2001:db8::5", true);
        check("fd00::5", true);
        for ip in ["127.0.0.1", "127.0.0.2", "169.254.3.4", "0.0.0.0", "::", "::1", "fe80::1"] {
            check(ip, false);
        }
        assert!(own_addresses().into_iter().all(is_reachable));
    }
}
