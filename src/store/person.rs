//! What is stored about a person, to be given to that person.

use rusqlite::{Connection, Result, Row, params};
use serde::Serialize;

use super::archive;
use super::read::Reader;
use super::tables::columns::{self, from_milliseconds};
use super::tables::erasures;
use super::tables::line_ids::SEQ_BITS;
use super::tables::lines::{HAS_REGISTERED_AUTHOR, LINE_COLUMNS, line_of};
use super::tables::statements::{row, rows};
use crate::base::zone;
use crate::model::{AccountId, ErasedPerson, Erasure};
use crate::text::Manner;

/// Everything that is stored about a person, except the hash of a password. Times are RFC 3339.
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct PersonData {
    pub account: Option<AccountData>,
    pub rooms: Vec<OwnRoom>,
    pub invitations: Vec<Box<str>>,
    pub ignored: Vec<Box<str>>,
    /// How far the person has read.
    pub marks: Vec<Mark>,
    pub messages: Vec<Message>,
    /// Private messages that have not been read: others are not stored.
    pub private_messages: Vec<PrivateMessage>,
    pub moderation: Moderation,
}

/// The account itself.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct AccountData {
    pub number: i64,
    pub name: Box<str>,
    pub registered_at: String,
    pub seen_at: String,
    pub rank: Option<Box<str>>,
    /// Names and values.
    pub settings: Vec<(Box<str>, Box<str>)>,
}

/// A room that the person owns.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct OwnRoom {
    pub room: Box<str>,
    pub topic: Option<Box<str>>,
    pub locked: bool,
    pub hidden: bool,
    pub has_password: bool,
    pub slow_seconds: Option<i64>,
    pub invited: Vec<Box<str>>,
}

/// How far the person has read in a room.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct Mark {
    pub room: Option<Box<str>>,
    pub number: Option<i64>,
    pub at: String,
}

/// Something that the person said in a room.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct Message {
    pub room: Option<Box<str>>,
    pub number: u64,
    pub at: String,
    pub name: Box<str>,
    pub manner: Manner,
    pub text: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<Box<str>>,
}

/// A private message to or from the person.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct PrivateMessage {
    pub at: String,
    pub from: Box<str>,
    pub to: Option<Box<str>>,
    pub text: Box<str>,
}

/// What moderators did to the person, and what the person did as a moderator.
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct Moderation {
    pub actions: Vec<Action>,
    pub sanctions: Vec<SanctionData>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct Action {
    pub at: String,
    pub by: Box<str>,
    pub action: Box<str>,
    pub whom: Option<Box<str>>,
    pub room: Option<Box<str>>,
    pub until: Option<String>,
    pub reason: Option<Box<str>>,
}

/// A ban or mute.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "a field is what its name says")]
pub struct SanctionData {
    pub at: String,
    pub kind: Box<str>,
    pub name: Box<str>,
    pub by: Box<str>,
    pub room: Option<Box<str>>,
    /// The networks it applies to.
    pub networks: Option<Box<str>>,
    pub until: Option<String>,
    pub reason: Option<Box<str>>,
}

impl PersonData {
    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        let Moderation { actions, sanctions } = &self.moderation;
        let is_unnamed = actions.is_empty() && sanctions.is_empty();
        self.account.is_none() && self.messages.is_empty() && is_unnamed
    }
}

impl Reader {
    /// The erasure of the account that has a name with this key, if there is one.
    pub fn account_named(
        &self,
        key: &str,
        keeps_messages: bool,
    ) -> archive::Result<Option<Erasure>> {
        let sql = "SELECT id, name, registered_at FROM account WHERE key = ?1";
        self.with(|connection| {
            row(connection, sql, [key], |row| {
                let (account, name) = (columns::account(row, 0)?, columns::clean_text(row, 1)?);
                let registered_at = columns::time(row, 2)?;
                Ok(Erasure::of_account(account, &name, registered_at, keeps_messages))
            })
        })
    }

    /// What an erasure of the person would concern.
    pub fn person(&self, person: &Erasure) -> archive::Result<PersonData> {
        self.with(|connection| {
            // One snapshot for all queries.
            let snapshot = connection.transaction()?;
            data(&snapshot, person)
        })
    }

    /// Whether an erasure is done; `None` if it has not begun.
    pub fn has_erased(&self, number: i64) -> archive::Result<Option<bool>> {
        self.with(|connection| erasures::is_done(connection, number))
    }
}

fn data(connection: &Connection, person: &Erasure) -> Result<PersonData> {
    let mut data = PersonData::default();
    if let ErasedPerson::Account { account: AccountId(id), .. } = person.whose {
        add_account(connection, id, &mut data)?;
    }
    data.messages = messages(connection, person)?;
    data.moderation.actions = actions(connection, person)?;
    data.moderation.sanctions = sanctions(connection, person)?;
    Ok(data)
}

fn add_account(connection: &Connection, id: i64, data: &mut PersonData) -> Result<()> {
    let names = |sql: &str, value: &dyn rusqlite::ToSql| {
        rows(connection, sql, [value], |row| row.get::<_, Box<str>>(0))
    };
    let sql = "SELECT account.*, rank.rank FROM account
         LEFT JOIN rank ON rank.account = account.id WHERE account.id = ?1";
    data.account = row(connection, sql, [id], |row| {
        Ok(AccountData {
            number: id,
            name: row.get("name")?,
            registered_at: seconds(row, "registered_at")?,
            seen_at: seconds(row, "seen_at")?,
            rank: row.get("rank")?,
            settings: Vec::new(),
        })
    })?;
    if let Some(account) = &mut data.account {
        let sql = "SELECT name, value FROM setting WHERE account = ?1 ORDER BY name";
        account.settings = rows(connection, sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    }
    let sql = "SELECT * FROM room WHERE owner = ?1 ORDER BY name";
    let owned = rows(connection, sql, [id], |row| {
        let key: Box<str> = row.get("key")?;
        let room = OwnRoom {
            room: row.get("name")?,
            topic: row.get("topic")?,
            locked: row.get("locked")?,
            hidden: row.get("hidden")?,
            has_password: row.get::<_, Option<Box<str>>>("password")?.is_some(),
            slow_seconds: row.get("slow_secs")?,
            invited: Vec::new(),
        };
        Ok((key, room))
    })?;
    for (key, mut room) in owned {
        let sql = "SELECT account.name FROM invitation JOIN account ON account.id = account
             WHERE room = ?1";
        room.invited = names(sql, &key)?;
        data.rooms.push(room);
    }
    let sql = "SELECT room.name FROM invitation JOIN room ON room.key = room WHERE account = ?1";
    data.invitations = names(sql, &id)?;
    let sql = "SELECT name FROM ignored JOIN account ON account.id = ignored WHERE account = ?1";
    data.ignored = names(sql, &id)?;
    let sql = "SELECT log.name, mark.seq, mark.at_ms FROM mark LEFT JOIN log USING (room)
         WHERE account = ?1";
    data.marks = rows(connection, sql, [id], |row| {
        let at = zone::rfc3339_millis(from_milliseconds(row.get(2)?));
        Ok(Mark { room: row.get(0)?, number: row.get(1)?, at })
    })?;
    let sql = "SELECT sender_name, account.name, text, sent_at
         FROM message LEFT JOIN account ON account.id = recipient
         WHERE recipient = ?1 OR sender = ?1 ORDER BY message.id";
    data.private_messages = rows(connection, sql, [id], |row| {
        let (from, to, text) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(PrivateMessage { at: seconds(row, "sent_at")?, from, to, text })
    })?;
    Ok(())
}

fn messages(connection: &Connection, person: &Erasure) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT {LINE_COLUMNS}, {HAS_REGISTERED_AUTHOR} AS is_registered, log.name AS room
         FROM line LEFT JOIN log ON log.room = place >> {SEQ_BITS} ORDER BY place"
    );
    let found = rows(connection, &sql, [], |row| {
        let line = line_of(row)?;
        if !line.is_concerned(person, row.get("is_registered")?) {
            return Ok(None);
        }
        Ok(Some(Message {
            room: row.get("room")?,
            number: line.seq,
            at: zone::rfc3339_millis(line.at),
            name: (*line.name).into(),
            manner: line.manner,
            text: line.text.as_str().into(),
            deleted_by: line.deleted_by.as_deref().map(Into::into),
        }))
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn actions(connection: &Connection, person: &Erasure) -> Result<Vec<Action>> {
    let sql = "SELECT * FROM audit ORDER BY id";
    let found = rows(connection, sql, [], |row| {
        let (by, whom): (Box<str>, Option<Box<str>>) = (row.get("done_by")?, row.get("whom")?);
        let at = columns::time(row, "done_at")?;
        if !std::iter::once(&by).chain(&whom).any(|name| person.was_named(name, at)) {
            return Ok(None);
        }
        Ok(Some(Action {
            at: zone::rfc3339_millis(at),
            by,
            action: row.get("deed")?,
            whom,
            room: row.get("room")?,
            until: seconds_if_any(row, "until")?,
            reason: row.get("reason")?,
        }))
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn sanctions(connection: &Connection, person: &Erasure) -> Result<Vec<SanctionData>> {
    let account = match person.whose {
        ErasedPerson::Account { account: AccountId(id), .. } => Some(id),
        ErasedPerson::Guest { .. } => None,
    };
    let sql = "SELECT sanction.*, log.name AS room_name, account IS ?1 AND ?1 IS NOT NULL AS is_own
         FROM sanction LEFT JOIN log USING (room) ORDER BY id";
    let found = rows(connection, sql, params![account], |row| {
        let (name, by): (Box<str>, Box<str>) = (row.get("name")?, row.get("imposed_by")?);
        let at = columns::time(row, "imposed_at")?;
        let is_named = [&name, &by].into_iter().any(|name| person.was_named(name, at));
        if !row.get::<_, bool>("is_own")? && !is_named {
            return Ok(None);
        }
        let networks: Option<Box<str>> = row.get("origins")?;
        Ok(Some(SanctionData {
            at: zone::rfc3339_millis(at),
            kind: row.get("kind")?,
            name,
            by,
            room: row.get("room_name")?,
            networks: networks.or(row.get("network")?),
            until: seconds_if_any(row, "until")?,
            reason: row.get("reason")?,
        }))
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn seconds(row: &Row<'_>, column: &str) -> Result<String> {
    columns::time(row, column).map(zone::rfc3339_millis)
}

fn seconds_if_any(row: &Row<'_>, column: &str) -> Result<Option<String>> {
    Ok(columns::time_if_any(row, column)?.map(zone::rfc3339_millis))
}
