//! Where a connection comes from, as far as it counts as one.

use std::net::{IpAddr, Ipv6Addr};

/// Who counts as one: an IPv4 address, or the /64 that one IPv6 subscriber commonly has. Link-local
/// addresses share one prefix, so each of them counts alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin(IpAddr);

impl Origin {
    /// The origin of an address. `::ffff:127.0.0.1` is loopback.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) if !is_alone(address) => {
                let prefix = u128::from(address) >> 64 << 64;
                Self(Ipv6Addr::from(prefix).into())
            }
            address => Self(address),
        }
    }

    /// How many bits of its addresses are the same for what one IPv6 subscriber commonly has.
    pub const SUBSCRIBER_BITS: u8 = 64;

    /// The address, or the first of those that count as one with it.
    pub fn address(self) -> IpAddr {
        self.0
    }

    /// Whether it is this machine.
    pub fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

fn is_alone(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unicast_link_local()
}
