//! Lists for moderators: bans and mutes, and the audit log.

use std::net::IpAddr;

use super::lists::{LINES_PER_PAGE, page_of};
use crate::chat::state::Chat;
use crate::chat::state::sanctions::ActiveSanction;
use crate::chat::turn::{Done, Turn};
use crate::command::TypedRoom;
use crate::model::{
    AuditPage, BansPage, ClientIndex, Network, PersonId, Rank, Refusal, Reply, Sanction,
    SanctionView, Subject,
};

impl Turn<'_> {
    /// `/bans`.
    pub(in crate::chat) fn list_sanctions(
        &self,
        index: ClientIndex,
        room: Option<&TypedRoom>,
        page: usize,
    ) -> Result<Done, Refusal> {
        let scope = self.chat.scope(index, room)?;
        let is_listed = |one: &ActiveSanction| one.sanction.room == scope && !one.is_over(self.now);
        let count = self.chat.moderation.all(is_listed).count();
        let (shown, paging) = page_of(count, page, LINES_PER_PAGE);
        let sanctions = self.chat.moderation.all(is_listed).skip(shown.start).take(shown.len());
        let sanctions = sanctions.map(|one| self.chat.listed_sanction(&one.sanction)).collect();
        let bans = BansPage { room: self.chat.shown_room(scope), sanctions, paging };
        Ok(Done::reply(Reply::Bans(Box::new(bans))))
    }
}

impl Chat {
    fn listed_sanction(&self, sanction: &Sanction) -> SanctionView {
        let mut view = *self.sanction_view(sanction);
        // Only operators see where a person comes from.
        if let (None, Subject::Person { origins, .. }) = (sanction.room, &sanction.subject) {
            view.origins = origins.iter().copied().map(Network::from).collect();
        }
        view
    }

    /// `/audit`: the latest page first. Within a page the latest entry is last, next to the prompt.
    pub(in crate::chat) fn list_audit(
        &self,
        index: ClientIndex,
        page: usize,
    ) -> Result<Done, Refusal> {
        self.check_rank(index, Rank::Operator)?;
        let audit = self.moderation.audit();
        let count = audit.len();
        let (shown, paging) = page_of(count, page, LINES_PER_PAGE);
        let entries = audit.range(count - shown.end..count - shown.start).cloned().collect();
        Ok(Done::reply(Reply::Audit(Box::new(AuditPage { entries, paging }))))
    }

    /// The addresses of a person's clients, in order, as far as the client may see them: only
    /// operators do.
    pub(in crate::chat) fn shown_addresses(
        &self,
        index: ClientIndex,
        person: PersonId,
    ) -> Box<[IpAddr]> {
        if !self.has_rank(index, Rank::Operator) {
            return Box::default();
        }
        let mut addresses: Vec<IpAddr> =
            self.indexes_of(person).iter().map(|index| self.clients[index.0].address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses.into()
    }
}
