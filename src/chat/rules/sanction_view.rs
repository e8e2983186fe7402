//! Bans and mutes as people are told of them.

use crate::chat::state::Chat;
use crate::model::{Sanction, SanctionTerm, SanctionView, Timestamp};

impl Chat {
    /// A ban or mute as anyone may be told of it: without where the person came from.
    pub(in crate::chat) fn sanction_view(&self, sanction: &Sanction) -> Box<SanctionView> {
        Box::new(SanctionView {
            kind: sanction.kind,
            name: sanction.name.clone(),
            by: sanction.by.clone(),
            room: self.shown_room(sanction.room),
            at: sanction.at.into(),
            until: sanction.until.map(Timestamp),
            reason: sanction.reason.clone(),
            origins: Box::default(),
        })
    }

    /// When and where a ban or mute applies, and why.
    pub(in crate::chat) fn term_of(&self, sanction: &Sanction) -> Box<SanctionTerm> {
        Box::new(SanctionTerm {
            room: self.shown_room(sanction.room),
            until: sanction.until.map(Timestamp),
            reason: sanction.reason.clone(),
        })
    }
}
