//! `/lockdown`.

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::turn::Done;
use crate::model::event::ClientIndex;
use crate::model::moderation::{ModAction, ModerationChange, Rank};
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;

impl Chat {
    pub(in crate::chat) fn set_lockdown(
        &mut self,
        index: ClientIndex,
        is_on: bool,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.check_rank(index, Rank::Operator)?;
        if self.moderation.lockdown == is_on {
            return Err(Refusal::LockdownAlready { is_on });
        }
        let action = if is_on { ModAction::Lockdown } else { ModAction::Unlock };
        let entry = self.entry(index, action, now);
        self.moderate(index, Some(ModerationChange::Lockdown(is_on)), entry, out)?;
        self.moderation.lockdown = is_on;
        let told = Reply::Lockdown { by: self.clients[index.0].name.clone(), is_on };
        let others = self.indexes.values().copied();
        let others = others.filter(|other| *other != index && !self.is_outside(*other));
        let mut others: Vec<ClientIndex> = others.collect();
        others.sort_unstable_by_key(|index| index.0);
        for other in others {
            self.tell(other, told.clone(), out);
        }
        self.admit_waiting(now, out);
        Ok(Done::reply(told))
    }
}
