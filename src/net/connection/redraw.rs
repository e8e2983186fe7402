//! What is on a client's screen beside lines: when it is taken away and put back, and what the hall
//! and the door are to know of it.
//!
//! Owned here: the time of it. What it looks like is its door's. Everything goes through the SendQ
//! in the order in which it is to be seen: what takes it away, lines, what puts it back.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::{Connection, Effect, Next, Phase, TelnetTold};
use crate::base::rate_limit::{Bucket, Rate};
use crate::limits;
use crate::net::uplink::Wish;
use crate::wire::door::{Awaited, Terminal};
use crate::wire::frame::{Frame, FrameLine, LineKind};

/// How often the footer is redrawn at once.
const REDRAWS: Rate =
    Rate::new(NonZeroU32::new(limits::REDRAW_BURST).expect("not zero"), limits::REDRAW_INTERVAL);

/// The state of the screen, as it will be when all that is queued has been written.
#[derive(Debug, Default)]
pub(super) struct Display {
    /// The footer is not there, so that lines can follow, and is to be put back.
    is_lifted: bool,
    /// It has changed by what its client typed, and is shown at once.
    is_urgent: bool,
    /// When it was put there last.
    settled_at: Option<Instant>,
    /// How often it may be put there at once.
    redraws: Bucket,
    /// When it is to be put there; until then lines wait for it.
    due: Option<Instant>,
    /// What the client is to answer, and by when; without a time, once all that it has sent up to
    /// now has been read.
    awaited: Option<(Awaited, Option<Instant>)>,
    /// Its user has asked for what it is to answer, and is told if it does not.
    is_asked_for: bool,
    /// The terminal that the hall knows it to be at.
    known_terminal: Option<Terminal>,
    /// When the hall was told last what the client's terminal is like.
    told_at: Option<Instant>,
    /// When it is to be told next.
    tell_at: Option<Instant>,
    /// How many words may be completed at once.
    pub(super) completions: Bucket,
    /// How many keys may be taken at once.
    pub(super) keys: Bucket,
    /// Bytes of keys that have been taken and not been counted there.
    pub(super) key_bytes: usize,
}

impl Display {
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.due, self.awaited.and_then(|(_, until)| until), self.tell_at]
            .into_iter()
            .flatten()
            .min()
    }
}

impl Connection {
    /// Says what its door says first.
    pub fn greet(&mut self, now: Instant) -> Next {
        let greeting = self.protocol.greeting();
        self.negotiate(greeting, now)
    }

    /// The line that is typed is to be edited, or not; `None` for as its door has it.
    pub fn edit(&mut self, wanted: Option<bool>, now: Instant) -> Next {
        let bytes = self.protocol.edit(wanted);
        let is_asked_for = wanted == Some(true);
        if is_asked_for || self.display.is_some() {
            self.display.get_or_insert_default().is_asked_for = is_asked_for;
        }
        // The hall is to know at once that nothing is edited here any more.
        self.negotiate(bytes, now).or_turn()
    }

    /// Sends what may offer the client something, which it has a while to answer.
    pub(super) fn negotiate(&mut self, bytes: Box<[u8]>, now: Instant) -> Next {
        self.follow_offer(now);
        self.answer(bytes)
    }

    /// It is in these rooms, and talks in the last.
    pub fn set_rooms(&mut self, rooms: &[Arc<str>]) {
        self.protocol.set_rooms(rooms);
        if self.protocol.footer().is_some() {
            self.display.get_or_insert_default().is_urgent = true;
        }
    }

    /// What the word could be completed to that it has asked about.
    pub fn complete(&mut self, words: Box<[Box<str>]>) -> Next {
        if let Some(footer) = self.protocol.footer() {
            footer.complete(words);
        }
        self.awaits_outcome = false;
        Next::Turn
    }

    /// Counts what is said in rooms that the client does not talk in: their lines carry a tag.
    pub(super) fn count_unread(&mut self, frame: &Frame, lines: &Range<u32>) {
        let Some(room) = frame.tag() else { return };
        // Nearly nobody is at more than a telnet.
        if self.display.is_none() {
            return;
        }
        let of_others = |line: &&FrameLine| line.kind == LineKind::Said && line.from != self.client;
        let range = lines.start as usize..lines.end as usize;
        let count = frame.lines()[range].iter().filter(of_others).count();
        if count > 0 {
            self.protocol.add_unread(room, count as u32);
        }
    }

    /// Takes the footer away: lines follow.
    pub(super) fn lift_footer(&mut self) {
        let Some(footer) = self.protocol.footer() else { return };
        let display = self.display.get_or_insert_default();
        if !display.is_lifted {
            let mut bytes = Vec::new();
            display.is_lifted = footer.lift(&mut bytes);
            self.sendq.push_regardless(bytes.into());
        }
    }

    /// Puts the footer back below the lines, or has it shown as it is now, if it is time to. Says
    /// whether what is queued is to be written: lines wait for it, unless they are very many.
    pub(super) fn settle_footer(&mut self, now: Instant) -> bool {
        let Some(display) = &mut self.display else { return true };
        let Some(footer) = self.protocol.footer() else {
            (display.is_lifted, display.is_urgent, display.due) = (false, false, None);
            return true;
        };
        let is_due = display.is_lifted || footer.is_stale();
        // What was missed is told before.
        if !is_due || self.sendq.has_missed() {
            display.is_urgent = false;
            return true;
        }
        let next = match display.is_urgent {
            true => display.redraws.wait_until(&REDRAWS, now),
            false => display.settled_at.map(|at| at + limits::REDRAW_INTERVAL),
        };
        if let Some(next) = next.filter(|next| *next > now) {
            (display.is_urgent, display.due) = (false, Some(next));
            return !self.is_held();
        }
        if display.is_urgent {
            display.redraws.take(&REDRAWS, now);
        }
        let mut bytes = Vec::new();
        footer.settle(&mut bytes);
        self.sendq.push_regardless(bytes.into());
        display.settled_at = Some(now);
        (display.is_lifted, display.is_urgent, display.due) = (false, false, None);
        true
    }

    /// Whether lines wait for the footer, so that it is not redrawn for each of them.
    pub(super) fn is_held(&self) -> bool {
        let Some(display) = &self.display else { return false };
        display.is_lifted
            && display.due.is_some()
            && !display.is_urgent
            && self.sendq.charge_bytes() <= limits::REDRAW_HELD_BYTES_MAX
    }

    /// Whether the footer is to be shown at once.
    pub(super) fn is_footer_urgent(&self) -> bool {
        self.display.as_ref().is_some_and(|display| display.is_urgent)
    }

    /// Nothing stands below the lines from now on, and the terminal is left as it was.
    pub(super) fn end_display(&mut self) {
        self.lift_footer();
        self.display = None;
        let farewell = self.protocol.close();
        self.sendq.push_regardless(farewell);
    }

    /// What a turn has changed: the footer, and what the hall should know of the terminal.
    pub(super) fn follow_display(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if !self.takes_input() {
            return;
        }
        // It may be shown from now on.
        self.follow_offer(now);
        // What is taken in the next turn may change it again.
        let goes_on = !self.unread.is_empty() && !self.awaits_outcome && self.held_until.is_none();
        if !goes_on && self.protocol.footer().is_some_and(|footer| footer.is_stale()) {
            self.display.get_or_insert_default().is_urgent = true;
        }
        let terminal = self.protocol.terminal();
        if self.phase != Phase::Entered || self.display.is_none() && terminal.is_none() {
            return;
        }
        let display = self.display.get_or_insert_default();
        if terminal == display.known_terminal {
            return;
        }
        // Whoever drags the edge of a window changes its size many times a second.
        let next = display.told_at.map(|at| at + limits::TERMINAL_TOLD_INTERVAL);
        if let Some(next) = next.filter(|next| *next > now) {
            display.tell_at = Some(next);
            return;
        }
        (display.told_at, display.tell_at) = (Some(now), None);
        display.known_terminal = terminal;
        if terminal.is_some() {
            self.telnet_told = TelnetTold::Is;
        }
        effects.push(Effect::Say(Wish::IsAt(terminal)));
    }

    /// What the client was offered or asked it has answered, or has not in time.
    fn follow_offer(&mut self, now: Instant) {
        let awaited = self.protocol.awaited();
        let known = self.display.as_ref().and_then(|display| display.awaited);
        match awaited {
            None => {
                if let Some(display) = &mut self.display {
                    display.awaited = None;
                }
            }
            Some(awaited) if known.is_none_or(|(known, _)| known != awaited) => {
                let until = now + awaited.patience();
                self.display.get_or_insert_default().awaited = Some((awaited, Some(until)));
            }
            Some(_) if matches!(known, Some((_, None))) && !self.readable => self.stop_waiting(now),
            Some(_) => {}
        }
    }

    fn stop_waiting(&mut self, now: Instant) {
        let bytes = self.protocol.give_up_offer();
        self.sendq.push_regardless(bytes);
        let Some(display) = &mut self.display else { return };
        display.awaited = None;
        if std::mem::take(&mut display.is_asked_for) && !self.protocol.is_telnet() {
            let notice = self.notice(self.options.catalogue.answers.edit_unanswered);
            self.sendq.push_regardless(notice);
        }
        self.follow_offer(now);
    }

    /// A deadline of the display may have come.
    pub(super) fn on_display_deadline(&mut self, now: Instant) -> Next {
        let Some(display) = &mut self.display else { return Next::Wait };
        if let Some((awaited, Some(until))) = display.awaited
            && until <= now
        {
            // Its answer may have come long ago, where very many come at once.
            display.awaited = Some((awaited, None));
            self.readable = true;
            return Next::Turn;
        }
        if display.due.is_some_and(|at| at <= now) {
            display.due = None;
            return self.flush(now);
        }
        if display.tell_at.is_some_and(|at| at <= now) {
            display.tell_at = None;
            return Next::Turn;
        }
        Next::Wait
    }
}
