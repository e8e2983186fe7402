//! The parts of a client's screen besides lines: when they are hidden and redrawn, and what the
//! chat and the protocol have to know of them.
//!
//! This module owns the timing; the protocol decides what the input line looks like. Everything
//! goes through the SendQ in the order in which it has to appear: first the bytes that hide the
//! input line, then lines, then the bytes that redraw it.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::{Connection, Effect, Next, Phase, Step};
use crate::base::rate_limit::{Bucket, Rate};
use crate::limits;
use crate::model::{CloseReason, Frame, FrameLine, LineKind, Refusal, View};
use crate::net::uplink::Request;
use crate::wire::door::Awaited;

/// How often the input line is redrawn without a delay.
const REDRAWS: Rate =
    Rate::new(NonZeroU32::new(limits::REDRAW_BURST).expect("not zero"), limits::REDRAW_INTERVAL);

/// The state of the screen as it will be when everything queued has been written.
#[derive(Debug, Default)]
pub(super) struct RedrawState {
    /// The input line is hidden so that lines can follow, and has to be redrawn.
    is_hidden: bool,
    /// The input line has changed by what the user typed, and is shown without a delay.
    is_urgent: bool,
    /// When the input line was last redrawn.
    settled_at: Option<Instant>,
    /// How often the input line may be redrawn without a delay.
    redraws: Bucket,
    /// When the input line is due to be redrawn; lines wait until then.
    due: Option<Instant>,
    /// The answer that is expected from the client, and its deadline. Without a deadline, the wait
    /// ends once everything that the client has sent so far has been read.
    awaited: Option<(Awaited, Option<Instant>)>,
    /// The user has asked for what the client is to confirm, and is told if it does not.
    is_asked_for: bool,
    /// How replies are shown, if the client's user has ever chosen anything.
    pub(super) view: Option<Box<View>>,
    /// When the chat was last told about the terminal.
    told_at: Option<Instant>,
    /// When to tell the chat next.
    tell_at: Option<Instant>,
    /// How many words may be completed without a delay.
    pub(super) completions: Bucket,
    /// How many keys may be read without a delay.
    pub(super) keys: Bucket,
    /// Bytes of keys that have been read but not yet counted in `keys`.
    pub(super) key_bytes: usize,
}

impl RedrawState {
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.due, self.awaited.and_then(|(_, until)| until), self.tell_at]
            .into_iter()
            .flatten()
            .min()
    }
}

impl Connection {
    /// Sends the protocol's greeting.
    pub(crate) fn greet(&mut self, now: Instant) -> Step {
        let greeting = self.protocol.greeting();
        self.negotiate(greeting, now)?;
        Ok(Next::Wait)
    }

    /// Turns editing of the typed line on or off; `None` means as the protocol prefers.
    pub(crate) fn edit(&mut self, wanted: Option<bool>, now: Instant) -> Step {
        let bytes = self.protocol.edit(wanted);
        let is_asked_for = wanted == Some(true);
        if is_asked_for || self.display.is_some() {
            self.display.get_or_insert_default().is_asked_for = is_asked_for;
        }
        // Tell the chat at once that nothing is edited here any more.
        self.negotiate(bytes, now)?;
        Ok(Next::Turn)
    }

    /// Sends bytes that may offer the client something, which it then has some time to answer.
    pub(super) fn negotiate(&mut self, bytes: Box<[u8]>, now: Instant) -> Result<(), CloseReason> {
        self.follow_offer(now);
        self.answer(bytes)
    }

    /// Sets the client's rooms. The last one is the current room.
    pub(crate) fn set_rooms(&mut self, rooms: &[Arc<str>]) {
        self.protocol.set_rooms(rooms);
        if self.protocol.input_line().is_some() {
            self.display.get_or_insert_default().is_urgent = true;
        }
    }

    /// Sets how replies are shown from now on.
    pub(crate) fn set_view(&mut self, view: Box<View>) -> Step {
        let bytes = self.protocol.set_view(&view);
        self.display.get_or_insert_default().view = Some(view);
        self.answer(bytes)?;
        Ok(Next::Wait)
    }

    /// Passes on the completions that the client has asked for.
    pub(crate) fn complete(&mut self, words: Box<[Box<str>]>) {
        if let Some(input_line) = self.protocol.input_line() {
            input_line.complete(words);
        }
        self.awaits_outcome = false;
    }

    /// Counts what is said in rooms other than the current one: their lines carry a tag.
    pub(super) fn count_unread(&mut self, frame: &Frame, lines: &Range<u32>) {
        let Some(room) = frame.tag() else { return };
        // Hardly any client has a display.
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

    /// Hides the input line, because lines follow.
    pub(super) fn hide_input_line(&mut self) {
        let Some(input_line) = self.protocol.input_line() else { return };
        let display = self.display.get_or_insert_default();
        if !display.is_hidden {
            let mut bytes = Vec::new();
            display.is_hidden = input_line.hide(&mut bytes);
            self.sendq.push_regardless(bytes.into());
        }
    }

    /// Redraws the input line below the lines, or after a change, if it is time to. Returns whether
    /// what is queued should be written: lines wait for the input line unless there are very many.
    pub(super) fn redraw_input_line(&mut self, now: Instant) -> bool {
        let Some(display) = &mut self.display else { return true };
        let Some(input_line) = self.protocol.input_line() else {
            (display.is_hidden, display.is_urgent, display.due) = (false, false, None);
            return true;
        };
        let is_due = display.is_hidden || input_line.is_stale();
        // A notice about missed lines has to come first.
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
        input_line.settle(&mut bytes);
        self.sendq.push_regardless(bytes.into());
        display.settled_at = Some(now);
        (display.is_hidden, display.is_urgent, display.due) = (false, false, None);
        true
    }

    /// Whether lines wait for the input line, so that it is not redrawn for each of them.
    pub(super) fn is_held(&self) -> bool {
        let Some(display) = &self.display else { return false };
        display.is_hidden
            && display.due.is_some()
            && !display.is_urgent
            && self.sendq.charge_bytes() <= limits::REDRAW_HELD_BYTES_MAX
    }

    /// Whether the input line has to be shown at once.
    pub(super) fn is_input_line_urgent(&self) -> bool {
        self.display.as_ref().is_some_and(|display| display.is_urgent)
    }

    /// Removes the input line for good, and leaves the terminal as it was.
    pub(super) fn end_display(&mut self) {
        self.hide_input_line();
        self.display = None;
        let farewell = self.protocol.close();
        self.sendq.push_regardless(farewell);
    }

    /// Applies what a turn has changed: the input line, and what the chat should know of the
    /// terminal.
    pub(super) fn follow_display(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if !self.takes_input() {
            return;
        }
        // The input line may have become available in this turn.
        self.follow_offer(now);
        // If another turn follows, it may change the input line again.
        let goes_on = !self.unread.is_empty() && !self.awaits_outcome && self.held_until.is_none();
        if !goes_on && self.protocol.input_line().is_some_and(|input_line| input_line.is_stale()) {
            self.display.get_or_insert_default().is_urgent = true;
        }
        let traits = self.protocol.traits();
        if self.phase != Phase::Entered || traits.terminal == self.traits_told.terminal {
            return;
        }
        let display = self.display.get_or_insert_default();
        // A user who drags the edge of a window changes its size many times a second.
        let next = display.told_at.map(|at| at + limits::TERMINAL_TOLD_INTERVAL);
        if let Some(next) = next.filter(|next| *next > now) {
            display.tell_at = Some(next);
            return;
        }
        (display.told_at, display.tell_at) = (Some(now), None);
        self.traits_told = traits;
        effects.push(Effect::Say(Request::HasTraits(traits)));
    }

    /// Updates what the client is expected to answer, and ends the wait if everything has been
    /// read.
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
        if std::mem::take(&mut display.is_asked_for) && !self.protocol.traits().is_interactive {
            let told = self.render(Refusal::EditUnanswered);
            self.sendq.push_regardless(told);
        }
        self.follow_offer(now);
    }

    /// Handles the deadlines of the display that are due.
    pub(super) fn on_display_deadline(&mut self, now: Instant) -> Step {
        let Some(display) = &mut self.display else { return Ok(Next::Wait) };
        if let Some((awaited, Some(until))) = display.awaited
            && until <= now
        {
            // When very many clients connect at once, the answer may have arrived long ago without
            // having been read.
            display.awaited = Some((awaited, None));
            self.readable = true;
            return Ok(Next::Turn);
        }
        if display.due.is_some_and(|at| at <= now) {
            display.due = None;
            return self.flush(now);
        }
        if display.tell_at.is_some_and(|at| at <= now) {
            display.tell_at = None;
            return Ok(Next::Turn);
        }
        Ok(Next::Wait)
    }
}
