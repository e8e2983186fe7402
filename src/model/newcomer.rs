//! Clients that are about to join, and how they are named.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::{ClientId, Lang, Wire};
use crate::text::wanted_nick::WantedNick;

/// How clients that request no name are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Naming {
    /// With a readable name such as `amber-otter`, so that addresses stay private.
    #[default]
    Guest,
    /// With the client's address and port, as in the original program.
    Address,
}

/// A client that wants to connect.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The client's identity.
    pub client: ClientId,
    /// The client's address.
    pub address: SocketAddr,
    /// The name that the client requests.
    pub name: Option<WantedNick>,
    /// The client's first line identifies its user (`/nick`, `/login`) and follows immediately.
    pub introduces: bool,
    /// The protocol that the connection writes.
    pub wire: Wire,
    /// The language that the client has asked for; `None` for the server's default.
    pub lang: Option<Lang>,
}
