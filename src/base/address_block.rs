//! The origin of a connection: the addresses that count as one client.

use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// A group of addresses that counts as one client: an IPv4 address, or the /64 that an IPv6
/// subscriber usually has. Link-local addresses share one prefix, so each of them counts
/// separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressBlock(IpAddr);

impl AddressBlock {
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

    /// Length of the prefix that an IPv6 subscriber usually has, in bits.
    pub const SUBSCRIBER_BITS: u8 = 64;

    /// The address, or the first address of the group.
    pub fn address(self) -> IpAddr {
        self.0
    }

    /// Whether this is the local machine.
    pub fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

fn is_alone(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unicast_link_local()
}
