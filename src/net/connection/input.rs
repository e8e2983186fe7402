//! A connection's input: reading, decoding, and holding back clients that talk too fast.

use std::io::{self, Read};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::flood::FloodVerdict;
use super::{Connection, Effect, ExpectedAnswer, Next, Phase, Step};
use crate::base::clock::whole_seconds;
use crate::base::rate_limit::Rate;
use crate::command::{self, Command, Utterance};
use crate::limits;
use crate::model::{ClientTraits, CloseReason, Refusal, Reply, Terminal};
use crate::net::uplink::Request;
use crate::text::CleanText;
use crate::wire::door::{IdentifiedLine, Input, Successor};

/// The rate of answers to requests of a client's protocol.
const ANSWERS: Rate = Rate::new(
    NonZeroU32::new(limits::ANSWER_BURST).expect("not zero"),
    Duration::from_millis(1000 / limits::ANSWERS_PER_SECOND as u64),
);

/// The rate of completed words.
const COMPLETIONS: Rate = Rate::new(
    NonZeroU32::new(limits::COMPLETION_BURST).expect("not zero"),
    Duration::from_millis(1000 / limits::COMPLETIONS_PER_SECOND as u64),
);

/// The rate of keys, in units of the bytes taken in a turn.
const KEYS: Rate = Rate::new(
    NonZeroU32::new(limits::KEY_TURNS_BURST).expect("not zero"),
    Duration::from_micros(1_000_000 / limits::KEY_TURNS_PER_SECOND as u64),
);

impl Connection {
    /// Takes input: decodes what was held back, or else reads once. `buffer` belongs to the thread.
    pub(crate) fn turn(
        &mut self,
        now: Instant,
        buffer: &mut [u8],
        effects: &mut Vec<Effect>,
    ) -> Step {
        match self.phase {
            Phase::Accepted { .. } | Phase::Entered => {
                let next = self.take_input(now, buffer, effects);
                let told = self.follow_interrupt();
                self.follow_introduction(effects);
                self.follow_display(now, effects);
                let warned = self.warn_late();
                next.and_then(|next| told.and(warned).map(|()| next))
            }
            Phase::Lingering(reason, _) => self.discard_input(reason, buffer),
            Phase::Leaving(_) | Phase::Flushing(_) => Ok(Next::Wait),
        }
    }

    fn take_input(&mut self, now: Instant, buffer: &mut [u8], effects: &mut Vec<Effect>) -> Step {
        if self.held_until.is_some() || self.awaits_outcome {
            return Ok(Next::Wait);
        }
        let unread = std::mem::take(&mut self.unread);
        if let Some(next) = self.decode(&unread, now, effects)? {
            return Ok(next);
        }
        if self.input_ended {
            return self.finish(now, effects);
        }
        if !self.readable {
            return self.nothing_to_read(now, effects);
        }
        let count = match self.stream.read(buffer) {
            // A short read does not mean that there is no more: it also ends at a TCP urgent mark,
            // and no edge is reported for what follows that.
            Ok(count) => count,
            Err(error) => match self.read_failed(&error)? {
                Next::Wait => return self.nothing_to_read(now, effects),
                Next::Turn => return Ok(Next::Turn),
            },
        };
        if count == 0 {
            self.input_ended = true;
            return self.finish(now, effects);
        }
        self.has_spoken = true;
        Ok(self.decode(&buffer[..count], now, effects)?.unwrap_or(Next::Turn))
    }

    /// Decodes `input` until it is used up and returns `None`, or until something has to happen
    /// before the rest, which is then kept.
    fn decode(
        &mut self,
        mut input: &[u8],
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Next>, CloseReason> {
        loop {
            if let Some(until) = self.hold(now) {
                if let Some(kind) = self.broken {
                    return Err(CloseReason::Broken(kind));
                }
                self.unread = input.into();
                self.held_until = Some(until);
                return Ok(Some(Next::Wait));
            }
            let length = input.len();
            let decoded = self.protocol.decode(&mut input);
            self.count_keys(length - input.len(), now);
            let Some(decoded) = decoded else { return Ok(None) };
            if let Some(next) = self.take_decoded(decoded, now, effects)? {
                if self.takes_input() {
                    self.unread = input.into();
                }
                return Ok(Some(next));
            }
        }
    }

    /// Everything has been read. A broken connection is dropped now, and a new client that has been
    /// silent for long enough is admitted.
    fn nothing_to_read(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Step {
        if let Some(rate) = &self.options.flood {
            self.flood.caught_up(rate, now);
        }
        if let Some(kind) = self.broken {
            return Err(CloseReason::Broken(kind));
        }
        if let Phase::Accepted { patient_until: None, .. } = self.phase
            && let Some(decoded) = self.protocol.wait_no_longer()
        {
            return Ok(self.take_decoded(decoded, now, effects)?.unwrap_or(Next::Wait));
        }
        Ok(Next::Wait)
    }

    /// The client has ended its input: handles its unfinished line, then its departure.
    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Step {
        // A client that broke off before saying anything never joined.
        if let (Phase::Accepted { .. }, Some(kind)) = (self.phase, self.broken) {
            return Err(CloseReason::Broken(kind));
        }
        while let Some(decoded) = self.protocol.finish() {
            if let Some(next) = self.take_decoded(decoded, now, effects)? {
                return Ok(next);
            }
        }
        if let Some(kind) = self.broken {
            return Err(CloseReason::Broken(kind));
        }
        self.go(CloseReason::EndOfInput, now, effects)
    }

    /// The client leaves. If it is in the chat, the chat handles the departure first.
    fn go(&mut self, reason: CloseReason, now: Instant, effects: &mut Vec<Effect>) -> Step {
        if self.phase == Phase::Entered {
            return Ok(self.leave(reason, effects));
        }
        self.end_display();
        self.phase = Phase::Flushing(reason);
        self.flush(now)
    }

    /// The client leaves the chat. The input line is removed, and only lines follow.
    fn leave(&mut self, reason: CloseReason, effects: &mut Vec<Effect>) -> Next {
        effects.push(Effect::Leave(reason));
        self.phase = Phase::Leaving(reason);
        self.end_display();
        Next::Wait
    }

    fn take_decoded(
        &mut self,
        decoded: Input,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Next>, CloseReason> {
        match decoded {
            Input::Enter { name } => self.introduce(name, now, effects)?,
            Input::Line(text) => return self.take_line(text, now, effects),
            Input::IdentifiedLine(line) => return self.take_identified(*line, now, effects),
            Input::Answer(bytes) => {
                self.answers.take(&ANSWERS, now);
                self.answer(bytes)?;
            }
            Input::Told(reply) => {
                self.answers.take(&ANSWERS, now);
                match *reply {
                    // The client is not welcomed yet, so the chat sends this after the welcome.
                    Reply::Refused(refusal)
                        if self.phase == Phase::Entered && !self.is_welcomed =>
                    {
                        let wrong = Utterance::Wrong(Box::new(refusal));
                        effects.push(Effect::Say(Request::Utter(wrong)));
                    }
                    reply => self.tell(reply)?,
                }
            }
            Input::Echo(line) => {
                self.answers.take(&ANSWERS, now);
                self.hide_input_line();
                let shown = [line.as_bytes(), b"\r\n"].concat();
                self.answer(shown.into())?;
            }
            Input::Complete(wanted) => {
                self.display.get_or_insert_default().completions.take(&COMPLETIONS, now);
                if self.phase == Phase::Entered {
                    self.awaits_outcome = true;
                    effects.push(Effect::Say(Request::Complete(Box::new(wanted))));
                    return Ok(Some(Next::Wait));
                }
            }
            Input::Becomes(successor) => {
                let Successor { protocol, answer } = *successor;
                self.answer(answer)?;
                self.wire = protocol.wire();
                self.protocol = protocol;
            }
            Input::Interrupt => self.interrupt(),
            Input::Enough => return Ok(Some(Next::Turn)),
            Input::Leave => {
                // A client that is being asked something for a command cancels the question and
                // stays.
                if matches!(self.asked.as_deref(), Some(ExpectedAnswer::About(_))) {
                    return self.take_line(CleanText::from_bytes(b""), now, effects);
                }
                return self.go(CloseReason::Quit, now, effects).map(Some);
            }
            Input::Reject { answer, reason } => {
                let reason = CloseReason::Rejected(reason);
                if self.phase == Phase::Entered {
                    effects.push(Effect::Leave(reason));
                }
                return self.close(&answer, reason, now).map(Some);
            }
        }
        Ok(None)
    }

    /// Handles a line: an answer to a question, a command, or a message. If it is more than a
    /// message to pass on, it ends the turn, so that the gate is checked before the next one.
    pub(super) fn take_line(
        &mut self,
        text: CleanText,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Next>, CloseReason> {
        let was_cancelled = matches!(self.asked.as_deref(), Some(ExpectedAnswer::Cancelled));
        self.follow_interrupt()?;
        let (mut prompt, mut doubt) = (None, None);
        match self.asked.take().map(|asked| *asked) {
            Some(ExpectedAnswer::ToEnter(visitor)) => {
                return self.take_password(visitor, &text, now, effects);
            }
            Some(ExpectedAnswer::About(asked)) => prompt = Some(asked),
            Some(ExpectedAnswer::Nothing(it)) => doubt = Some(it),
            // Nothing is taken while the chat has the command, and a cancelled question is over.
            Some(
                ExpectedAnswer::Requested | ExpectedAnswer::Answered(_) | ExpectedAnswer::Cancelled,
            )
            | None => {}
        }
        // It would have been an answer.
        if was_cancelled && text.is_blank() {
            return Ok(None);
        }
        self.follow_traits(effects);
        let silence = self.pace(now)?;
        if let Some(prompt) = prompt {
            return self.take_answer(prompt, &text, now, effects).map(Some);
        }
        let doubted = doubt.map(|doubt| (doubt, text.clone()));
        let utterance = command::interpret(text);
        if let Some((doubt, text)) = doubted.filter(|_| silence.is_none()) {
            let may_be_heard = matches!(&utterance, Utterance::Line(_))
                || matches!(&utterance, Utterance::Command(it) if matches!(**it, Command::ToRoom { .. }));
            if self.hold_back(doubt, &text, may_be_heard, now)? {
                return Ok(Some(Next::Turn));
            }
        }
        let next = match (utterance, silence) {
            (Utterance::Command(command), None) => Some(self.take_command(*command, effects)),
            // A muted client may quit, but without parting words.
            (Utterance::Command(command), Some(_)) if matches!(*command, Command::Quit { .. }) => {
                Some(self.take_command(Command::Quit { text: None }, effects))
            }
            (utterance, Some(left)) => {
                let seconds = at_least_one(left);
                self.tell(match utterance {
                    Utterance::Line(_) => Refusal::FloodLine { seconds },
                    _ => Refusal::FloodCommand { seconds },
                })?;
                None
            }
            (line @ Utterance::Line(_), None) => {
                effects.push(Effect::Say(Request::Utter(line)));
                None
            }
            (wrong @ Utterance::Wrong(_), None) => {
                effects.push(Effect::Say(Request::Utter(wrong)));
                Some(Next::Turn)
            }
        };
        Ok(next)
    }

    /// Handles a line with an id, which only counts if the line is passed on as a message.
    fn take_identified(
        &mut self,
        IdentifiedLine { id, text }: IdentifiedLine,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Next>, CloseReason> {
        let before = effects.len();
        let next = self.take_line(text, now, effects);
        // What the line has led to comes last.
        if effects.len() > before
            && let Some(Effect::Say(request)) = effects.last_mut()
        {
            request.identify(id);
        }
        next
    }

    /// Tells the chat what is known about the client, except for its terminal, which may change
    /// many times a second.
    fn follow_traits(&mut self, effects: &mut Vec<Effect>) {
        let terminal = self.traits_told.terminal;
        let traits = ClientTraits { terminal, ..self.protocol.traits() };
        if self.traits_told != traits {
            self.traits_told = traits;
            effects.push(Effect::Say(Request::HasTraits(traits)));
        }
    }

    /// Counts a line, and tells the author if there are too many. Returns how long the client is
    /// muted, if it is.
    fn pace(&mut self, now: Instant) -> Result<Option<Duration>, CloseReason> {
        let Some(rate) = &self.options.flood else { return Ok(None) };
        let (told, silence) = match self.flood.take(rate, now) {
            FloodVerdict::Said => return Ok(None),
            FloodVerdict::NotSaid(left) => return Ok(Some(left)),
            FloodVerdict::SaidLate => {
                (Reply::Delayed { seconds: at_least_one(limits::FLOOD_TOLD_AFTER) }, None)
            }
            FloodVerdict::Silenced(time) => {
                (Reply::Flooding { seconds: at_least_one(time) }, Some(time))
            }
        };
        self.tell(told)?;
        Ok(silence)
    }

    fn take_command(&mut self, command: Command, effects: &mut Vec<Effect>) -> Next {
        if let Command::Quit { text } = &command {
            if text.is_some() {
                effects.push(Effect::Say(Request::Utter(Utterance::Command(Box::new(command)))));
            }
            return self.leave(CloseReason::Quit, effects);
        }
        if command.leaves_password_open() {
            self.asked = Some(Box::new(ExpectedAnswer::Requested));
        }
        self.hand_over(command, effects)
    }

    /// Passes a command to the chat, and waits for the result if the command is slow.
    pub(super) fn hand_over(&mut self, command: Command, effects: &mut Vec<Effect>) -> Next {
        self.awaits_outcome = command.is_slow();
        effects.push(Effect::Say(Request::Utter(Utterance::Command(Box::new(command)))));
        if self.awaits_outcome { Next::Wait } else { Next::Turn }
    }

    /// Until when the client has to wait, if it talks or asks too fast. Its input stays unread; the
    /// kernel's window does the rest.
    fn hold(&mut self, now: Instant) -> Option<Instant> {
        let flood = self.options.flood.and_then(|rate| self.flood.hold(&rate, now));
        let answers = self.answers.wait_until(&ANSWERS, now);
        let display = self.display.as_ref();
        let completions = display.and_then(|it| it.completions.wait_until(&COMPLETIONS, now));
        let keys = display.and_then(|it| it.keys.wait_until(&KEYS, now));
        flood.max(answers).max(completions).max(keys)
    }

    /// Counts bytes that were keys, each of which may cost more than a byte of a line. Does nothing
    /// if the flood limit is off.
    fn count_keys(&mut self, bytes: usize, now: Instant) {
        let Some(display) = self.display.as_mut().filter(|_| self.options.flood.is_some()) else {
            return;
        };
        let is_edited = |terminal: Terminal| terminal.columns.is_some();
        if !self.protocol.traits().terminal.is_some_and(is_edited) {
            return;
        }
        display.key_bytes += bytes;
        while display.key_bytes >= limits::KEYS_PER_TURN_BYTES_MAX {
            display.key_bytes -= limits::KEYS_PER_TURN_BYTES_MAX;
            display.keys.take(&KEYS, now);
        }
    }

    fn read_failed(&mut self, error: &io::Error) -> Step {
        match error.kind() {
            io::ErrorKind::WouldBlock => {
                self.readable = false;
                Ok(Next::Wait)
            }
            io::ErrorKind::Interrupted => Ok(Next::Turn),
            kind => Err(CloseReason::Broken(kind)),
        }
    }

    fn discard_input(&mut self, reason: CloseReason, buffer: &mut [u8]) -> Step {
        match self.stream.read(buffer) {
            Ok(0) => Err(reason),
            Ok(_) => Ok(Next::Turn),
            Err(error) => self.read_failed(&error).map_err(|_| reason),
        }
    }
}

/// A time in seconds, rounded up.
fn at_least_one(time: Duration) -> u64 {
    whole_seconds(time).max(1)
}
