//! `/lockdown`.

use crate::chat::turn::{Done, Turn};
use crate::model::{ClientIndex, ModAction, ModerationChange, Rank, Refusal, Reply};

impl Turn<'_> {
    pub(in crate::chat) fn set_lockdown(
        &mut self,
        index: ClientIndex,
        is_on: bool,
    ) -> Result<Done, Refusal> {
        self.chat.check_rank(index, Rank::Operator)?;
        if self.chat.moderation.lockdown == is_on {
            return Err(Refusal::LockdownAlready { is_on });
        }
        let action = if is_on { ModAction::Lockdown } else { ModAction::Unlock };
        let entry = self.entry(index, action, None);
        self.moderate(index, Some(ModerationChange::Lockdown(is_on)), entry);
        self.chat.moderation.lockdown = is_on;
        let told = Reply::Lockdown { by: self.chat.clients[index.0].name.clone(), is_on };
        let others = self.chat.indexes.values().copied();
        let others = others.filter(|other| *other != index && !self.chat.is_outside(*other));
        let mut others: Vec<ClientIndex> = others.collect();
        others.sort_unstable_by_key(|other| self.chat.clients[other.0].id);
        for other in others {
            self.tell(other, told.clone());
        }
        self.admit_waiting();
        Ok(Done::promise(told))
    }
}
