//! `hobnob-server export`: the messages of a room, for people or for programs.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use hobnob::base::period;
use hobnob::base::zone::{self, Zone};
use hobnob::lang::{self, Phrase, Times};
use hobnob::model::id::AccountId;
use hobnob::model::language::Lang;
use hobnob::model::records::StoredLine;
use hobnob::store::export::{ExportItem, Log};
use hobnob::store::read::Reader;
use hobnob::text::Manner;
use hobnob::text::nick::RoomName;
use serde::Serialize;

use crate::config::storage::ServerFolder;

const AFTER_HELP: &str = "\
FORMATS
    text     2026-11-25 14:02 ann: hello
             2026-11-25 14:02 * ann waves
             … 12 messages here could not be saved
             Times are in the time zone of this machine (TZ selects another).
    jsonl    one object per line (https://jsonlines.org), with these fields:
             room, log (the room's number), seq (the line's number in the room, from 1), at (RFC
             3339), id (unique), name, account (its number, if the name was registered), manner
             (said or acted), text, deleted_by (the name of a user who deleted the message); or, for
             lines that could not be saved: room, log, missing_from, missing_to.

EXIT CODES
    0 if everything was printed, or the reader closed the pipe; 1 if nobody has ever said anything
    in that room, or its history cannot be read; 2 for an invalid command line.

EXAMPLES
    hobnob-server export --room lobby
    hobnob-server export --room '#garden' --since yesterday
    hobnob-server export --room garden --since 2026-11-24 --format jsonl | jq -r .name";

/// Print the history of a room, oldest line first, even while the server runs.
///
/// The server's file is only read, and the server is not held up. If a room was closed and its name
/// reused, the history of both rooms is printed, separated by an empty line.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct ExportArguments {
    /// The room, with or without its # (in a shell, #garden without quotes is a comment).
    #[arg(long, value_name = "ROOM", value_parser = room_name)]
    room: RoomName,

    /// Start time: how long ago (30m, 2h, 7d, 2w, 1h30m), today, yesterday, 2026-11-24, '2026-11-24
    /// 14:02', or 2026-11-24T14:02:03Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<SystemTime>,

    /// Output format: text for people, jsonl for programs.
    #[arg(long, value_name = "text|jsonl", hide_possible_values = true, default_value = "text")]
    format: Format,

    #[command(flatten)]
    pub(crate) server: ServerFolder,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Jsonl,
}

/// A line in JSON. The fields are written in this order.
#[derive(Serialize)]
struct LineObject<'a> {
    room: &'a str,
    log: u32,
    seq: u64,
    at: String,
    id: String,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<i64>,
    manner: Manner,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_by: Option<&'a str>,
}

/// Lines that could not be stored, from the first to the last.
#[derive(Serialize)]
struct MissingObject<'a> {
    room: &'a str,
    log: u32,
    missing_from: u64,
    missing_to: u64,
}

/// Prints the messages.
pub(crate) fn run(arguments: &ExportArguments, folder: &Path) -> anyhow::Result<()> {
    let reader = Reader::open(folder)?;
    let key = arguments.room.key();
    let logs = reader.logs(|name| RoomName::parse(name).is_ok_and(|name| name.key() == key))?;
    if logs.is_empty() {
        bail!(
            "nobody has ever said anything in that room, according to {}; write the room as /rooms \
             shows it, such as --room lobby",
            reader.file().display()
        );
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = print(&reader, &logs, arguments, &mut out);
    finish_printing(printed.and_then(|()| out.flush().context(NOT_PRINTED)))
}

/// A reader that closes the pipe has seen enough.
pub(crate) fn finish_printing(printed: anyhow::Result<()>) -> anyhow::Result<()> {
    match printed {
        Err(error) if is_closed(&error) => Ok(()),
        printed => printed,
    }
}

pub(crate) const NOT_PRINTED: &str = "cannot write to standard output";

fn is_closed(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn print(
    reader: &Reader,
    logs: &[Log],
    arguments: &ExportArguments,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (format, zone) = (arguments.format, Zone::system());
    let mut is_first = true;
    for log in logs {
        let mut said = reader.export(log, arguments.since)?.peekable();
        if said.peek().is_none() {
            continue;
        }
        if matches!(format, Format::Text) && !is_first {
            writeln!(out).context(NOT_PRINTED)?;
        }
        is_first = false;
        for said in said {
            format.write(log, &said?, &zone, out).context(NOT_PRINTED)?;
        }
    }
    Ok(())
}

impl Format {
    fn write(
        self,
        log: &Log,
        said: &ExportItem,
        zone: &Zone,
        out: &mut impl Write,
    ) -> io::Result<()> {
        match (self, said) {
            (Self::Text, ExportItem::Line(line)) => write_text(line, zone, out),
            (Self::Text, ExportItem::Missing(missing)) => {
                let count = missing.end() - missing.start() + 1;
                writeln!(out, "{}", lang::lines_lost(Lang::En, count))
            }
            (Self::Jsonl, ExportItem::Line(line)) => write_object(&LineObject::of(log, line), out),
            (Self::Jsonl, ExportItem::Missing(missing)) => {
                let missing = MissingObject {
                    room: &log.name,
                    log: log.room.0,
                    missing_from: *missing.start(),
                    missing_to: *missing.end(),
                };
                write_object(&missing, out)
            }
        }
    }
}

fn write_text(line: &StoredLine, zone: &Zone, out: &mut impl Write) -> io::Result<()> {
    let time = zone::date_and_time(line.at, zone);
    let times = Times { zone, now: line.at };
    let deleted = line.deleted_by.as_deref();
    let deleted = deleted.map(|by| lang::phrase(Lang::En, Phrase::Deleted { by }, &times));
    let text = deleted.as_deref().unwrap_or(line.text.as_str());
    match line.manner {
        Manner::Said => writeln!(out, "{time} {}: {text}", line.name),
        Manner::Acted => writeln!(out, "{time} * {} {text}", line.name),
    }
}

fn write_object(object: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    out.write_all(b"\n")
}

impl<'a> LineObject<'a> {
    fn of(log: &'a Log, line: &'a StoredLine) -> Self {
        Self {
            room: &log.name,
            log: log.room.0,
            seq: line.seq,
            at: zone::rfc3339_millis(line.at),
            id: format!("{:016x}-{}", line.id.origin, line.id.number),
            name: &line.name,
            account: line.author.account().map(|AccountId(account)| account),
            manner: line.manner,
            text: line.text.as_str(),
            deleted_by: line.deleted_by.as_deref(),
        }
    }
}

fn room_name(text: &str) -> Result<RoomName, &'static str> {
    RoomName::parse(text).map_err(|_| "that is not a room name; write it as /rooms shows it")
}

pub(crate) fn time(text: &str) -> Result<SystemTime, &'static str> {
    period::since(text, SystemTime::now(), &Zone::system()).ok_or(
        "write how long ago (30m, 2h, 7d, 2w, 1h30m), today, yesterday, a day (2026-11-24) or a time \
         (2026-11-24T14:02, or with its zone 2026-11-24T14:02:03Z)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hobnob::model::id::{ClientId, LineId, PersonId, RoomId};
    use hobnob::text::CleanText;

    fn line(author: PersonId, manner: Manner, text: &str) -> ExportItem {
        ExportItem::Line(StoredLine {
            seq: 7,
            id: LineId { origin: 0xBEEF, number: 12 },
            at: Zone::find("UTC").unwrap().time("2026-11-25T14:02:03.456Z").unwrap(),
            author,
            name: "ann".into(),
            manner,
            text: CleanText::from_bytes(text.as_bytes()),
            deleted_by: None,
        })
    }

    fn check(format: Format, said: &ExportItem, expected: &str) {
        let log = Log { room: RoomId(3), name: "#Garden".into(), last_seq: 9 };
        let (zone, mut written) = (Zone::find("Asia/Tokyo").unwrap(), Vec::new());
        format.write(&log, said, &zone, &mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn text_for_people() {
        let ann = PersonId::Registered(AccountId(5));
        check(Format::Text, &line(ann, Manner::Said, "hello"), "2026-11-25 23:02 ann: hello\n");
        check(Format::Text, &line(ann, Manner::Acted, "waves"), "2026-11-25 23:02 * ann waves\n");
        check(
            Format::Text,
            &ExportItem::Missing(4..=15),
            "… 12 messages here could not be saved\n",
        );
        check(Format::Text, &ExportItem::Missing(4..=4), "… 1 message here could not be saved\n");
    }

    #[test]
    fn json_for_programs() {
        let registered = PersonId::Registered(AccountId(5));
        let (said, acted) = (Manner::Said, Manner::Acted);
        check(
            Format::Jsonl,
            &line(registered, said, "say \"好\""),
            concat!(
                r##"{"room":"#Garden","log":3,"seq":7,"at":"2026-11-25T14:02:03.456Z","##,
                r#""id":"000000000000beef-12","name":"ann","account":5,"manner":"said","#,
                r#""text":"say \"好\""}"#,
                "\n"
            ),
        );
        check(
            Format::Jsonl,
            &line(PersonId::Guest(ClientId(5)), acted, "waves"),
            concat!(
                r##"{"room":"#Garden","log":3,"seq":7,"at":"2026-11-25T14:02:03.456Z","##,
                r#""id":"000000000000beef-12","name":"ann","manner":"acted","text":"waves"}"#,
                "\n"
            ),
        );
        check(
            Format::Jsonl,
            &ExportItem::Missing(4..=15),
            "{\"room\":\"#Garden\",\"log\":3,\"missing_from\":4,\"missing_to\":15}\n",
        );
    }
}
