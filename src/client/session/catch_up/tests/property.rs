//! Whatever happens in whatever order, each line is shown once, and in order.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// Something that happens to a client and a server with two rooms.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// Somebody says something in one of the rooms.
    Said(bool),
    /// The connection is dead. The server notices after this many more lines in each room.
    Breaks(u64),
    /// The client reconnects, and is shown this many last lines, or told what it has missed.
    ComesBack(Option<u64>),
    /// The server answers the next request.
    Answers,
    /// The server is still busy.
    IsBusy,
}
use Happening::{Answers, Breaks, ComesBack, IsBusy, Said};

/// The server, as far as history is concerned.
struct Server {
    rooms: [(&'static str, u64, u64); 2],
    is_connected: bool,
    /// The room of the pages that follow, and the lines on them.
    next: Option<(usize, std::ops::RangeInclusive<u64>)>,
    requests: VecDeque<String>,
}

impl Server {
    const PAGE_LINES: u64 = 3;

    fn answers(&mut self) -> Option<Reply> {
        let request = self.requests.pop_front()?;
        let (room, seqs, heading) = match request.split(' ').collect::<Vec<_>>()[..] {
            ["/history", room, count] => {
                let at = self.rooms.iter().position(|known| known.0 == room).unwrap();
                let last = self.rooms[at].1;
                let count = count.parse::<u64>().unwrap().min(last);
                (at, last + 1 - count..=last, self::last(count))
            }
            _ => {
                let Some((at, seqs)) = self.next.take() else {
                    return Some(Refusal::NothingMore.into());
                };
                (at, seqs, None)
            }
        };
        let end = (*seqs.start() + Self::PAGE_LINES - 1).min(*seqs.end());
        let mut page = past(self.rooms[room].0, *seqs.start()..=end, heading);
        self.next = (end < *seqs.end()).then_some((room, end + 1..=*seqs.end()));
        if self.next.is_some() {
            page.end = PastEnd::More;
        }
        Some(Reply::Past(Box::new(page)))
    }
}

fn happens(server: &mut Server, scene: &mut Scene, happening: Happening) {
    match happening {
        Said(is_ops) => {
            let (room, last, _) = &mut server.rooms[usize::from(is_ops)];
            *last += 1;
            if server.is_connected {
                scene.hears(live(room, *last, "x"));
            }
        }
        Breaks(unnoticed) if server.is_connected => {
            server.is_connected = false;
            // The mark up to which the server believes that the user has read.
            for (_, last, mark) in &mut server.rooms {
                *mark = *last + unnoticed;
            }
        }
        ComesBack(replay) if !server.is_connected => {
            server.is_connected = true;
            (server.next, server.requests) = (None, VecDeque::new());
            scene.comes_back();
            for (at, (room, last, mark)) in server.rooms.iter().enumerate() {
                if at > 0 {
                    scene.replies(joined(room));
                }
                match replay {
                    Some(lines) if lines.min(*last) > 0 => {
                        let first = last + 1 - lines.min(*last);
                        scene.hears_past(past(room, first..=*last, self::last(*last + 1 - first)));
                    }
                    None if mark < last => scene.replies(unread(room, last - mark)),
                    _ => {}
                }
            }
        }
        Answers => {
            if let Some(reply) = server.answers().filter(|_| server.is_connected) {
                scene.replies(reply);
            }
        }
        IsBusy if server.is_connected && server.requests.pop_front().is_some() => {
            scene.replies(Refusal::HistoryIsBusy);
            scene.now += BUSY_PAUSE;
            let step = scene.catch_up.wait_no_longer(&mut scene.shown, scene.now);
            scene.take(step);
        }
        Breaks(_) | ComesBack(_) | IsBusy => {}
    }
    server.requests.extend(scene.sent.drain(..));
}

proptest! {
    #[test]
    fn each_line_is_shown_once_and_in_order(happenings in proptest::collection::vec(
        prop_oneof![
            4 => any::<bool>().prop_map(Said),
            1 => (0..4_u64).prop_map(Breaks),
            1 => proptest::option::of(0..6_u64).prop_map(ComesBack),
            3 => Just(Answers),
            1 => Just(IsBusy),
        ],
        0..120,
    )) {
        let mut scene = Scene::new(0);
        let rooms = [(LOBBY, 0, 0), (OPS, 0, 0)];
        let mut server =
            Server { rooms, is_connected: true, next: None, requests: VecDeque::new() };
        // The first line is shown: who has seen nothing does not know what is missing.
        let first = [Said(false), Said(true)];
        // Afterwards, whatever is still missing shows at the next line in each room.
        let end = [Breaks(0), ComesBack(Some(2)), Said(false), Said(true)];
        for happening in first.into_iter().chain(happenings).chain(end) {
            happens(&mut server, &mut scene, happening);
        }
        while !server.requests.is_empty() {
            happens(&mut server, &mut scene, Answers);
        }
        for (room, last, _) in server.rooms {
            let seen = scene.seen.remove(room).unwrap_or_default();
            prop_assert_eq!(seen, Vec::from_iter(1..=last), "{}", room);
        }
    }
}
