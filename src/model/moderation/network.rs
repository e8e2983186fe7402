//! A network as operators write it: an address or an address prefix.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

use serde::{Deserialize, Serialize};

use crate::base::address_block::AddressBlock;

/// Addresses with a common prefix (CIDR, RFC 4632; RFC 4291 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Network(IpNet);

/// The text is neither an address nor a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an address (192.0.2.7) or a prefix (192.0.2.0/24, 2001:db8::/32)")]
pub struct NoNetwork;

/// Length of the prefix of IPv4-mapped IPv6 addresses, in bits (RFC 4291 section 2.5.5.2).
const MAPPED_BITS: u8 = 96;

impl Network {
    /// Whether the network contains the address. `::ffff:192.0.2.7` is 192.0.2.7.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// The length of the prefix, in bits.
    pub fn prefix_bits(&self) -> u8 {
        self.0.prefix_len()
    }

    /// The network of this prefix length around an address; `None` if the address has fewer bits.
    pub fn around(address: IpAddr, prefix_bits: u8) -> Option<Self> {
        let net = IpNet::new(address.to_canonical(), prefix_bits).ok()?;
        Some(Self(net.trunc()))
    }

    /// Whether the network is so large that it is almost certainly a mistake: larger than the
    /// blocks that were once given to a single organisation (RFC 791 section 2.3) or to a registry
    /// (RFC 3177).
    pub fn is_enormous(&self) -> bool {
        const IPV4_BITS_MIN: u8 = 8;
        const IPV6_BITS_MIN: u8 = 16;
        match self.0 {
            IpNet::V4(net) => net.prefix_len() < IPV4_BITS_MIN,
            IpNet::V6(net) => net.prefix_len() < IPV6_BITS_MIN,
        }
    }

    /// Whether the network contains a loopback address, from which this machine connects to itself.
    pub fn has_localhost(&self) -> bool {
        self.contains(Ipv4Addr::LOCALHOST.into()) || self.contains(Ipv6Addr::LOCALHOST.into())
    }

    /// The origin with exactly these addresses, if there is one.
    pub fn origin(&self) -> Option<AddressBlock> {
        let origin = AddressBlock::of(self.0.addr());
        (Self::from(origin) == *self).then_some(origin)
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    /// A single address stands for everything that counts as the same origin: `2001:db8::1` for its
    /// /64. Bits after the prefix are ignored.
    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(AddressBlock::of(address).into());
        }
        let net: IpNet = text.parse().map_err(|_| NoNetwork)?;
        if let IpNet::V6(mapped) = net
            && let Some(address) = mapped.addr().to_ipv4_mapped()
            && let Some(prefix) = mapped.prefix_len().checked_sub(MAPPED_BITS)
        {
            let net = Ipv4Net::new(address, prefix).map_err(|_| NoNetwork)?;
            return Ok(Self(IpNet::V4(net.trunc())));
        }
        Ok(Self(net.trunc()))
    }
}

impl From<AddressBlock> for Network {
    fn from(origin: AddressBlock) -> Self {
        let address = origin.address();
        let whole = IpNet::from(address);
        match address {
            IpAddr::V6(first) if AddressBlock::of(last_of_subscriber(first).into()) == origin => {
                Self(IpNet::new(address, AddressBlock::SUBSCRIBER_BITS).unwrap_or(whole))
            }
            _ => Self(whole),
        }
    }
}

/// The last address of an IPv6 subscriber's usual network.
fn last_of_subscriber(first: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from(u128::from(first) | (u128::MAX >> AddressBlock::SUBSCRIBER_BITS))
}

impl fmt::Display for Network {
    /// Writes a single address without its prefix length if it is parsed back as the same network.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_alone = self.0.prefix_len() == self.0.max_prefix_len();
        if is_alone && self.origin().is_some() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl TryFrom<String> for Network {
    type Error = NoNetwork;

    fn try_from(text: String) -> Result<Self, NoNetwork> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_and_prefixes_as_people_write_them() {
        let check = |text: &str, expected: Option<&str>| {
            let network = text.parse::<Network>().ok();
            let shown = network.map(|network| network.to_string());
            assert_eq!(shown.as_deref(), expected, "{text}");
            if let Some(network) = network {
                assert_eq!(shown.unwrap().parse(), Ok(network), "{text}");
            }
        };
        check("192.0.2.7", Some("192.0.2.7"));
        check("192.0.2.7/32", Some("192.0.2.7"));
        check("192.0.2.7/24", Some("192.0.2.0/24"));
        check("0.0.0.0/0", Some("0.0.0.0/0"));
        check("::ffff:192.0.2.7", Some("192.0.2.7"));
        check("::ffff:192.0.2.7/120", Some("192.0.2.0/24"));
        check("2001:db8::1", Some("2001:db8::/64"));
        check("2001:db8::1/128", Some("2001:db8::1/128"));
        check("2001:DB8:1::/48", Some("2001:db8:1::/48"));
        check("fe80::1", Some("fe80::1"));
        check("::1", Some("::1"));
        check("::/0", Some("::/0"));
        for nothing in ["", "/", "/24", "192.0.2", "192.0.2.7/", "192.0.2.7/33", "192.0.2.7/-1"] {
            check(nothing, None);
        }
        for nothing in ["2001:db8::/129", "maria", "192.0.2.7:80", "[::1]", "fe80::1%eth0", "1"] {
            check(nothing, None);
        }
    }

    #[test]
    fn addresses_are_matched_by_prefix() {
        let check = |network: &str, address: &str, expected: bool| {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network} {address}");
        };
        check("192.0.2.0/24", "192.0.2.255", true);
        check("192.0.2.0/24", "::ffff:192.0.2.255", true);
        check("192.0.2.0/24", "192.0.3.0", false);
        check("192.0.2.0/24", "2001:db8::1", false);
        check("2001:db8::1", "2001:db8::ffff:2", true);
        check("2001:db8::1", "2001:db8:0:1::1", false);
        check("0.0.0.0/0", "127.0.0.1", true);
        check("0.0.0.0/0", "::1", false);
    }

    #[test]
    fn some_networks_are_one_origin() {
        let check = |network: &str, expected: Option<&str>| {
            let origin = network.parse::<Network>().unwrap().origin();
            let expected = expected.map(|address| AddressBlock::of(address.parse().unwrap()));
            assert_eq!(origin, expected, "{network}");
        };
        check("192.0.2.7", Some("192.0.2.7"));
        check("192.0.2.7/31", None);
        check("2001:db8::/64", Some("2001:db8::1"));
        check("2001:db8::/63", None);
        check("2001:db8::/65", None);
        check("2001:db8::1/128", None);
        check("fe80::1", Some("fe80::1"));
        check("fe80::/64", None);
        check("::1", Some("::1"));
        check("::/64", Some("::2"));
        check("0.0.0.0/0", None);
    }

    proptest! {
        #[test]
        fn an_origin_is_read_back(
            address in any::<IpAddr>(),
            other in any::<[u16; 8]>(),
            prefix in proptest::sample::select(vec![0, 0xfe80, 0x2001]),
        ) {
            let [.., a, b, c, d] = other;
            let near = Ipv6Addr::from([prefix, 0, 0, 0, a % 2, b, c, d]);
            for address in [address, near.into()] {
                let origin = AddressBlock::of(address);
                let network = Network::from(origin);
                prop_assert!(network.contains(address));
                prop_assert_eq!(network.origin(), Some(origin));
                let read = network.to_string().parse::<Network>();
                prop_assert_eq!(read.map(|read| read.origin()), Ok(Some(origin)));
            }
        }
    }
}
