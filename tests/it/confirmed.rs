//! What a server has confirmed is stored, however it ends, and no command is half stored.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};
use fastrand::Rng;
use hobnob::limits::AUDIT_ENTRIES_MAX;
use hobnob::model::password::Hasher;
use hobnob::model::{Cost, Password, PasswordHash};
use hobnob::text::nick::Nick;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::harness::{
    Client, Left, PATIENCE, Program, connect_from, folder_in_memory, kill_rounds, lets_pass,
    machine_to_myself,
};

/// Everything that users have stored: the name of each thing, and its value.
type Facts = BTreeMap<String, String>;

/// What a command changes, all of it or nothing: the new values, or `None` for what it removes.
type Change = Vec<(String, Option<String>)>;

/// What a user does until the server is gone, which is when this returns.
type Work = fn(&mut Ledger, &mut Client) -> Option<()>;

/// The users who work at the same time: where, and on what.
const USERS: [(&str, Option<&str>, Work); 4] = [
    ("olga", Some("#hall"), moderates),
    ("rosa", Some("#garden"), changes_her_room),
    ("pia", None, changes_her_password),
    ("otto", None, registers_others),
];

/// The end of a command whose result everyone sees at once. This is answered once it is stored.
const THEN: &str = "\n/version";
const ANSWERED: &str = "hobnob ";

const NOT_SAVED_YET: &str = "Done, but not saved yet: ";
const SAVED_NOW: &str = "Your change is now saved.";

/// All that is stored, except passwords: names and values. ?1 is the last action of earlier rounds.
const STORED: &str = "
    SELECT 'account ' || name, key FROM account
    UNION ALL SELECT 'rank of ' || name, rank FROM rank JOIN account ON account.id = account
    UNION ALL SELECT 'setting ' || setting.name || ' of ' || account.name, value
        FROM setting JOIN account ON account.id = account
    UNION ALL SELECT 'owner of ' || room.name, account.name
        FROM room JOIN account ON account.id = owner
    UNION ALL SELECT 'topic of ' || name, topic FROM room WHERE topic IS NOT NULL
    UNION ALL SELECT 'lock of ' || name, 'on' FROM room WHERE locked
    UNION ALL SELECT 'hiding of ' || name, 'on' FROM room WHERE hidden
    UNION ALL SELECT 'slow mode of ' || name, slow_secs || ' s' FROM room WHERE slow_secs NOT NULL
    UNION ALL SELECT 'invitation of ' || account.name || ' to ' || room.name, 'on'
        FROM invitation JOIN account ON account.id = account JOIN room ON room.key = room
    UNION ALL SELECT kind || ' of ' || sanction.name,
            printf('%s%s by %s for %s s: %s', network, account.name, imposed_by,
                until - imposed_at, reason)
        FROM sanction LEFT JOIN account ON account.id = account
    UNION ALL SELECT
            printf('action %d of %s', row_number() OVER (PARTITION BY done_by ORDER BY id), done_by),
            printf('%s %s%s for %s s: %s', deed, whom, room, until - done_at, reason)
        FROM audit WHERE id > ?1
    UNION ALL SELECT 'rule ' || name, value FROM rule WHERE name NOT LIKE 'last_%'
    UNION ALL SELECT 'message ' || id, text FROM message
    UNION ALL SELECT 'ignored ' || ignored, account FROM ignored";

const PASSWORDS: &str = "
    SELECT 'password of ' || name, password FROM account
    UNION ALL SELECT 'password of ' || name, password FROM room WHERE password NOT NULL";

/// Several servers at a time, because each spends some of its time waiting. Each round begins with
/// what the previous one has left.
#[test]
fn a_server_killed_at_any_moment_has_stored_what_it_confirmed() {
    const SERVERS: usize = 4;
    let _machine = machine_to_myself();
    std::thread::scope(|scope| {
        for number in 0..SERVERS {
            scope.spawn(move || {
                let mut site = Site::founded();
                for round in 0..kill_rounds().div_ceil(SERVERS) {
                    let mut random = Rng::with_seed((round * 1000 + number) as u64);
                    let ledgers = site.round_until_killed(round, &mut random);
                    site.check_what_is_stored(&ledgers);
                }
            });
        }
    });
}

/// A server's folder, and what should be in it.
struct Site {
    data: TempDir,
    stored: Facts,
    /// The number of the last action of earlier rounds.
    last_action: i64,
    hasher: Hasher,
    /// The hashes that are known, with their passwords.
    hashes: HashMap<String, String>,
}

impl Site {
    /// The site of a server that was killed as soon as it had confirmed everything here.
    fn founded() -> Self {
        let mut site = Self {
            data: folder_in_memory(),
            stored: Facts::new(),
            last_action: 0,
            hasher: Hasher::new(Cost::LEAST),
            hashes: HashMap::new(),
        };
        let mut server = site.start();
        let mut ledger = Ledger::new(server.address, 0, Rng::with_seed(0), &site.stored);
        found(&server, &mut ledger).unwrap();
        server.signal("KILL");
        server.wait();
        site.check_what_is_stored(&[ledger]);
        site
    }

    fn start(&self) -> Program {
        let data = self.data.path().to_str().unwrap();
        Program::start(&["--data", data, "--lang", "en", "--flood", "off"])
    }

    /// What the users know when their server has been killed.
    fn round_until_killed(&self, round: usize, random: &mut Rng) -> Vec<Ledger> {
        let mut server = self.start();
        let lifetime = Duration::from_secs_f32(0.5 * random.f32());
        let (confirmed, confirmations) = unbounded();
        let start = |(name, room, work): (&str, Option<&str>, Work)| {
            let client = logged_in(&server, name, &self.stored[&of("password", name)], room);
            let mut ledger = Ledger::new(server.address, round, random.fork(), &self.stored);
            ledger.first_confirmed = Some(confirmed.clone());
            (client, ledger, work)
        };
        let users = USERS.map(start);
        drop(confirmed);
        std::thread::scope(|scope| {
            let users = users.map(|(mut client, mut ledger, work)| {
                scope.spawn(move || {
                    work(&mut ledger, &mut client);
                    ledger
                })
            });
            // Each user has had an answer, so that each has done something in each round.
            let all_answered = users.iter().all(|_| confirmations.recv_timeout(PATIENCE).is_ok());
            lets_pass(lifetime);
            server.signal("KILL");
            server.wait();
            let ledgers = users.map(|user| user.join().unwrap());
            assert!(all_answered, "somebody was never answered");
            ledgers.into()
        })
    }

    /// Checks that all that was confirmed is stored, and what was asked for last either as a whole
    /// or not at all, and nothing else.
    fn check_what_is_stored(&mut self, ledgers: &[Ledger]) {
        let mut expected = std::mem::take(&mut self.stored);
        for change in ledgers.iter().flat_map(|ledger| &ledger.confirmed) {
            apply(change, &mut expected);
        }
        let stored = self.load(&expected, ledgers);
        for Ledger { asked, .. } in ledgers {
            if asked.iter().all(|(name, value)| stored.get(name) == value.as_ref()) {
                apply(asked, &mut expected);
            }
        }
        let names = stored.keys().chain(expected.keys());
        let mut wrong: Vec<String> = names
            .filter(|name| stored.get(*name) != expected.get(*name))
            .map(|name| format!("{name}: {:?}, and not {:?}", stored.get(name), expected.get(name)))
            .collect();
        wrong.dedup();
        let asked: Vec<&Change> = ledgers.iter().map(|ledger| &ledger.asked).collect();
        assert!(wrong.is_empty(), "{wrong:#?}; what was asked for last: {asked:#?}");
        self.stored = stored;
        self.stored.retain(|name, _| !name.starts_with("action "));
    }

    /// Everything in the database that the server has left.
    fn load(&mut self, expected: &Facts, ledgers: &[Ledger]) -> Facts {
        let left = Left::of(self.data.path());
        let dangling = rows(&left.connection, "PRAGMA foreign_key_check", []);
        assert_eq!(dangling, []);
        let mut facts = rows(&left.connection, STORED, [self.last_action]);
        let asked: Facts =
            ledgers.iter().flat_map(|ledger| &ledger.asked).cloned().filter_map(some).collect();
        for (name, hash) in rows(&left.connection, PASSWORDS, []) {
            let candidates = [asked.get(&name), expected.get(&name)];
            let password = self.password_of(hash, &candidates);
            facts.push((name, password));
        }
        let count = facts.len();
        let facts: Facts = facts.into_iter().collect();
        assert_eq!(facts.len(), count, "something is stored twice");
        let sql = "SELECT count(*), ifnull(max(id), 0) FROM audit";
        let (count, last): (i64, i64) =
            left.connection.query_one(sql, [], |row| row.try_into()).unwrap();
        assert_eq!(count, last.min(AUDIT_ENTRIES_MAX as i64), "actions are missing");
        self.last_action = last;
        facts
    }

    /// The password with this hash, if it is one of these.
    fn password_of(&mut self, hash: String, candidates: &[Option<&String>]) -> String {
        if let Some(known) = self.hashes.get(&hash) {
            return known.clone();
        }
        let stored = PasswordHash::kept(hash.as_str().into());
        let is_right =
            |text: &&&String| stored.verify(&Password::typed(text).unwrap(), &self.hasher);
        match candidates.iter().flatten().find(is_right) {
            Some(&password) => {
                self.hashes.insert(hash, password.clone());
                password.clone()
            }
            None => "another one".to_owned(),
        }
    }
}

fn rows(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Vec<(String, String)> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map(values, |row| row.try_into()).unwrap();
    rows.map(Result::unwrap).collect()
}

fn apply(change: &Change, facts: &mut Facts) {
    for (name, value) in change {
        match value {
            Some(value) => facts.insert(name.clone(), value.clone()),
            None => facts.remove(name),
        };
    }
}

fn some<T>((name, value): (String, Option<T>)) -> Option<(String, T)> {
    Some((name, value?))
}

fn of(what: &str, whose: &str) -> String {
    format!("{what} of {whose}")
}

/// What a user knows to be stored, and what they have asked for.
struct Ledger {
    server: SocketAddr,
    round: usize,
    random: Rng,
    /// What this user has to know. What others do meanwhile is not in it.
    known: Facts,
    /// How many commands this user has given.
    count: usize,
    confirmed: Vec<Change>,
    /// Not confirmed yet.
    asked: Change,
    /// Told when the first command is confirmed.
    first_confirmed: Option<Sender<()>>,
}

impl Ledger {
    fn new(server: SocketAddr, round: usize, random: Rng, stored: &Facts) -> Self {
        Self {
            server,
            round,
            random,
            known: stored.clone(),
            count: 0,
            confirmed: Vec::new(),
            asked: Change::new(),
            first_confirmed: None,
        }
    }

    /// A number that was not used before.
    fn number(&mut self) -> usize {
        self.count += 1;
        self.round * 10_000 + self.count
    }

    /// Gives a command and waits for its confirmation: lines that begin like these. `None` if the
    /// server is gone.
    fn asks(
        &mut self,
        client: &mut Client,
        command: &str,
        answers: &[&str],
        change: Change,
    ) -> Option<()> {
        self.asked = change;
        client.try_send(format!("{command}\n").as_bytes()).ok()?;
        is_told(client, command, answers)?;
        let change = std::mem::take(&mut self.asked);
        apply(&change, &mut self.known);
        self.confirmed.push(change);
        if let Some(first_confirmed) = self.first_confirmed.take() {
            let _ = first_confirmed.send(());
        }
        Some(())
    }

    /// An entry of the audit log.
    fn action(
        &self,
        by: &str,
        deed: &str,
        seconds: &str,
        reason: &str,
    ) -> (String, Option<String>) {
        let own = format!(" of {by}");
        let is_own = |name: &&String| name.starts_with("action ") && name.ends_with(&own);
        let number = 1 + self.known.keys().filter(is_own).count();
        (format!("action {number}{own}"), Some(format!("{deed} for {seconds} s: {reason}")))
    }
}

/// Reads lines that begin like these. `None` if the server is gone.
#[track_caller]
fn is_told(client: &mut Client, command: &str, answers: &[&str]) -> Option<()> {
    let mut missing = answers.iter();
    let mut waits = false;
    while missing.len() > 0 || waits {
        let line = client.try_line()?;
        if line.starts_with(NOT_SAVED_YET) {
            // The promised answer follows when it is saved, or this line in its place.
            waits = command.ends_with(THEN);
        } else if line == SAVED_NOW {
            waits = false;
        } else {
            let expected = missing.next().copied().unwrap_or("nothing");
            assert!(line.starts_with(expected), "{expected:?} after {command:?}: {line:?}");
        }
    }
    Some(())
}

/// Reads up to a line that begins like this. `None` if the server is gone.
fn comes_to(client: &mut Client, beginning: &str) -> Option<()> {
    while !client.try_line()?.starts_with(beginning) {}
    Some(())
}

/// A user who is in this room alone, or in none, and so sees only answers.
fn logged_in(server: &Program, name: &str, password: &str, room: Option<&str>) -> Client {
    let mut client = server.client();
    client.says(&format!("/login {name} {password}"));
    client.sees_the_beginning_in_the_end(&format!("You are logged in as {name}"));
    goes_to(&mut client, room).unwrap();
    client
}

fn goes_to(client: &mut Client, room: Option<&str>) -> Option<()> {
    let join = room.map_or_else(String::new, |room| format!("/join {room}\n"));
    client.try_send(format!("{join}/leave #lobby\n").as_bytes()).ok()?;
    comes_to(client, "You left #lobby")
}

/// What a user stores by registering a name.
fn registration(name: &str, password: &str) -> Change {
    let key = Nick::parse(name).unwrap().key().to_string();
    vec![(format!("account {name}"), Some(key)), (of("password", name), Some(password.to_owned()))]
}

/// Registers those who are needed, with ranks and rooms.
fn found(server: &Program, ledger: &mut Ledger) -> Option<()> {
    let mut people = ["olga", "otto", "bea", "cat", "rosa", "pia"].map(|name| {
        let mut client = Client::join_as(server.address, name);
        goes_to(&mut client, None).unwrap();
        let (password, answer) = (format!("secret-of-{name}"), format!("{name} is now registered"));
        let change = registration(name, &password);
        ledger.asks(&mut client, &format!("/register {password}"), &[&answer], change).unwrap();
        client
    });
    let [olga, _, bea, _, rosa, _] = &mut people;
    let claim = format!("/claim {}", server.token().unwrap());
    let rank = |name: &str| (of("rank", name), Some("owner".to_owned()));
    let change = vec![rank("olga"), ledger.action("olga", "claim ", "", "")];
    ledger.asks(olga, &claim, &["You now own this server."], change)?;
    let change = vec![rank("otto"), ledger.action("olga", "owner otto", "", "")];
    ledger.asks(olga, "/op otto owner", &["otto is now an owner."], change)?;
    for (owner, room) in [(bea, "#hall"), (rosa, "#garden")] {
        let (topic, set) = ("/topic first", format!("{} set the topic: first", owner.name));
        let change = vec![
            (of("owner", room), Some(owner.name.clone())),
            (of("topic", room), Some("first".to_owned())),
        ];
        let answers = [&format!("You created {room}"), &*set, ANSWERED];
        ledger.asks(owner, &format!("/join {room}\n{topic}{THEN}"), &answers, change)?;
        let change = vec![(format!("invitation of cat to {room}"), Some("on".to_owned()))];
        ledger.asks(owner, "/invite cat", &["cat is now invited"], change)?;
    }
    Some(())
}

/// Bans networks, mutes and appoints users, and changes the room of another owner.
fn moderates(ledger: &mut Ledger, client: &mut Client) -> Option<()> {
    loop {
        let number = ledger.number();
        let reason = format!("reason {number}");
        match ledger.random.u8(0..6) {
            0 => imposes(ledger, client, "mute", "cat", ("1h", "3600"), &reason)?,
            1 => appoints(ledger, client, "olga", "bea")?,
            2 => {
                let topic = format!("topic {number}");
                let set = format!("olga set the topic: {topic}");
                let action = ledger.action("olga", "room #hall", "", &format!("topic {topic}"));
                let change = vec![(of("topic", "#hall"), Some(topic.clone())), action];
                ledger.asks(client, &format!("/topic {topic}{THEN}"), &[&set, ANSWERED], change)?;
            }
            3 => {
                let seconds = 1 + number % 3600;
                let slow = format!("slow {seconds}");
                let action = ledger.action("olga", "room #hall", "", &slow);
                let change = vec![(of("slow mode", "#hall"), Some(format!("{seconds} s"))), action];
                let answers = ["olga turned on slow mode", ANSWERED];
                ledger.asks(client, &format!("/room {slow}{THEN}"), &answers, change)?;
            }
            _ => {
                let network = format!("10.{}.2.{}", number % 3, ledger.random.u8(1..5));
                imposes(ledger, client, "ban", &network, ("1d", "86400"), &reason)?;
            }
        }
    }
}

/// Bans or mutes, also again, or lifts that.
fn imposes(
    ledger: &mut Ledger,
    client: &mut Client,
    kind: &str,
    whom: &str,
    (time, seconds): (&str, &str),
    reason: &str,
) -> Option<()> {
    let name = of(kind, whom);
    let adjective = if kind == "ban" { "banned" } else { "muted" };
    if ledger.known.contains_key(&name) && ledger.random.bool() {
        let action = ledger.action("olga", &format!("un{kind} {whom}"), "", "");
        let lifted = format!("{whom} is no longer {adjective}.");
        return ledger.asks(
            client,
            &format!("/un{kind} {whom}"),
            &[&lifted],
            vec![(name, None), action],
        );
    }
    let action = ledger.action("olga", &format!("{kind} {whom}"), seconds, reason);
    let value = format!("{whom} by olga for {seconds} s: {reason}");
    let imposed = format!("{whom} is {adjective} until ");
    let command = format!("/{kind} {whom} {time} {reason}");
    ledger.asks(client, &command, &[&imposed], vec![(name, Some(value)), action])
}

/// Makes somebody an operator, or ends that.
fn appoints(ledger: &mut Ledger, client: &mut Client, by: &str, whom: &str) -> Option<()> {
    let name = of("rank", whom);
    let (deed, rank, answer) = match ledger.known.contains_key(&name) {
        true => ("deop", None, format!("{whom} is no longer a moderator.")),
        false => ("op", Some("operator".to_owned()), format!("{whom} is now an operator.")),
    };
    let action = ledger.action(by, &format!("{deed} {whom}"), "", "");
    ledger.asks(client, &format!("/{deed} {whom}"), &[&answer], vec![(name, rank), action])
}

/// Changes one setting of her room at a time.
fn changes_her_room(ledger: &mut Ledger, client: &mut Client) -> Option<()> {
    loop {
        let number = ledger.number();
        let is_on = ledger.random.bool();
        let seconds = 1 + number % 3600;
        let (what, value, on, off) = match ledger.random.u8(0..4) {
            0 => {
                let topic = format!("topic {number}");
                let on = (format!("/topic {topic}"), "rosa set the topic: ");
                ("topic", topic, on, ("/topic off", "rosa removed the topic"))
            }
            1 => {
                let on = ("/room lock".to_owned(), "rosa locked");
                ("lock", "on".to_owned(), on, ("/room unlock", "rosa unlocked"))
            }
            2 => {
                let on = (format!("/room slow {seconds}"), "rosa turned on slow mode");
                let off = ("/room slow off", "rosa turned off slow mode");
                ("slow mode", format!("{seconds} s"), on, off)
            }
            _ => {
                let word = format!("word-{number}");
                let on = (format!("/room password {word}"), "#garden now has a password");
                let off = ("/room password off", "#garden no longer needs a password");
                ("password", word, on, off)
            }
        };
        let (command, answer) = if is_on { (&*on.0, on.1) } else { off };
        let change = vec![(of(what, "#garden"), is_on.then_some(value))];
        if what == "password" {
            ledger.asks(client, command, &[answer], change)?;
        } else {
            ledger.asks(client, &format!("{command}{THEN}"), &[answer, ANSWERED], change)?;
        }
    }
}

fn changes_her_password(ledger: &mut Ledger, client: &mut Client) -> Option<()> {
    loop {
        let name = of("password", "pia");
        let new = format!("secret-{}", ledger.number());
        let old = &ledger.known[&name];
        let command = format!("/passwd {old} {new}");
        ledger.asks(
            client,
            &command,
            &["Your password has been changed."],
            vec![(name, Some(new))],
        )?;
    }
}

/// Others register what they have made and chosen as guests, become operators, and unregister.
fn registers_others(ledger: &mut Ledger, operator: &mut Client) -> Option<()> {
    loop {
        let number = ledger.number();
        let accounts = ledger.known.keys().filter_map(|name| name.strip_prefix("account "));
        let earlier: Vec<String> =
            accounts.filter(|name| name.starts_with("kim")).map(str::to_owned).collect();
        let is_earlier = !earlier.is_empty() && ledger.random.u8(0..3) == 0;
        let name = match is_earlier {
            true => earlier[ledger.random.usize(0..earlier.len())].clone(),
            false => format!("kim{number}"),
        };
        // Registrations are limited by address.
        let own = format!("127.1.{}.{}", number / 250 % 250, 1 + number % 250);
        let mut kim = Client::connected(connect_from(&own, ledger.server).ok()?);
        kim.name.clone_from(&name);
        let (room, password) = (format!("#{name}"), format!("secret-of-{name}"));
        if is_earlier {
            kim.try_send(format!("/login {name} {password}\n").as_bytes()).ok()?;
            comes_to(&mut kim, "You are logged in as ")?;
            goes_to(&mut kim, None)?;
        } else {
            kim.try_send(format!("/nick {name}\n").as_bytes()).ok()?;
            goes_to(&mut kim, Some(&room))?;
            kim.try_send(b"/quiet on\n/topic mine\n").ok()?;
            let chosen = ["Joins and departures are now hidden.", "kim"];
            is_told(&mut kim, "/quiet on", &chosen)?;
            let mut change = registration(&name, &password);
            change.extend([
                (format!("setting quiet of {name}"), Some("on".to_owned())),
                (of("owner", &room), Some(name.clone())),
                (of("topic", &room), Some("mine".to_owned())),
            ]);
            let registered = format!("{name} is now registered");
            ledger.asks(&mut kim, &format!("/register {password}"), &[&registered], change)?;
            if ledger.random.bool() {
                appoints(ledger, operator, "otto", &name)?;
                is_told(&mut kim, "/op", &["otto made you an operator."])?;
            }
        }
        if is_earlier || ledger.random.bool() {
            let is_its = |fact: &&String| {
                fact.strip_suffix(&name).is_some_and(|it| it.ends_with([' ', '#']))
            };
            let all = ledger.known.keys().filter(is_its).map(|fact| (fact.clone(), None)).collect();
            let unregistered = format!("{name} is no longer registered.");
            ledger.asks(&mut kim, &format!("/unregister {password}"), &[&unregistered], all)?;
        }
    }
}
