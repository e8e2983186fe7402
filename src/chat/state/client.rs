//! A client, as the chat knows it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::base::address_block::AddressBlock;
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::state::views::Views;
use crate::model::{ClientId, ClientTraits, Lang, PersonId, RoomId, Wire};
use crate::text::nick::Nick;

/// The chat's record of a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::chat) struct Client {
    pub(in crate::chat) id: ClientId,
    pub(in crate::chat) person: PersonId,
    /// The person's name, duplicated here because every line needs it.
    pub(in crate::chat) name: Arc<str>,
    /// The name that was drawn for the client: it is called that, or that with a number, whenever
    /// it has no other name.
    pub(in crate::chat) guest_name: Arc<str>,
    pub(in crate::chat) address: IpAddr,
    pub(in crate::chat) port: u16,
    /// The stage of joining that the client has reached.
    pub(in crate::chat) stage: ArrivalStage,
    pub(in crate::chat) wire: Wire,
    /// The language of a user who has chosen none.
    pub(in crate::chat) lang: Lang,
    /// What its connection has found out about it.
    pub(in crate::chat) traits: ClientTraits,
    /// The client has been told how to type a command.
    pub(in crate::chat) is_hinted: bool,
    /// Its user has changed a display setting, so somebody is there to see it.
    pub(in crate::chat) has_chosen_looks: bool,
    /// Its connection has been sent a view, and is sent each change of it.
    pub(in crate::chat) has_view: bool,
    /// The edit mode last sent to the connection.
    pub(in crate::chat) edit: Option<bool>,
    /// The connection has not yet been sent the client's changed list of rooms.
    pub(in crate::chat) rooms_changed: bool,
    /// The client connected while guests may not take part, and joins no room until it has logged
    /// in.
    pub(in crate::chat) has_to_log_in: bool,
    /// The rooms that the client is in; what it says goes to the last of them.
    pub(in crate::chat) rooms: SmallVec<[RoomId; 2]>,
    pub(in crate::chat) connected_at: Duration,
    pub(in crate::chat) spoke_at: Duration,
    /// The past messages that the client is looking at, if any. Only the server that it is connected
    /// to knows of them, so they are not saved.
    #[serde(skip)]
    pub(in crate::chat) views: Option<Box<Views>>,
}

impl Client {
    /// The address block that counts as one origin.
    pub(in crate::chat) fn origin(&self) -> AddressBlock {
        AddressBlock::of(self.address)
    }

    pub(in crate::chat) fn views(&mut self) -> &mut Views {
        self.views.get_or_insert_default()
    }
}

/// A guest who has left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::chat) struct GoneGuest {
    pub(in crate::chat) client: ClientId,
    pub(in crate::chat) nick: Nick,
    pub(in crate::chat) origin: AddressBlock,
}
