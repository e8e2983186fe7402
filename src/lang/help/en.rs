//! English.

use super::HelpTexts;
use crate::command::{Group, Topic};

pub(in crate::lang) const HELP: HelpTexts = HelpTexts {
    introduction: &[
        "Type a line, and everybody in your room reads it. A line may also begin with:",
        "  #ROOM TEXT   to say TEXT in another room; #ROOM alone goes there",
        "  /COMMAND     to do one of the things below; /help COMMAND tells more",
        "  //TEXT       to say /TEXT",
        "A line with @NAME in it calls that person; /msg NAME TEXT is private.",
    ],
    keys: &[
        "While your line is edited here (/edit on), these keys work in it:",
        "  ← → ^B ^F        a character          Alt-← Alt-→   a word",
        "  Home End ^A ^E   begin and end        ↑ ↓ ^P ^N     lines that you have sent",
        "  Backspace Delete a character          ^W Alt-D      a word away",
        "  ^U ^K            all before, behind   ^Y            what was taken away last",
        "  Tab Shift-Tab    completes commands, #rooms and names, the most active first",
        "  ^X               to the room that has something new, or where you were before",
        "  ^C               an empty line        ^L            an empty screen",
        "  ^D               leaves, if empty     ^Z            suspends hobnob",
        "What is pasted stays one block until you press Enter.",
    ],
    group,
    order: "/help order lists what operators, and owners of rooms, can do",
    description,
    details,
    example: "For example: {example}",
    other_names: "Other names: {names}",
    usage: "Usage: {usage}, for example: {example}",
    usage_alone: "Usage: {usage}, with nothing after it.",
    no_room_change: "Did you mean /room {nearest}? /help room explains what can be changed.",
    room_password: "Usage: /room password WORD, on one line. /room password off removes it.",
    no_edit: "A message cannot be edited once it is sent. /edit on and /edit off choose who edits the line that you type.",
    no_clear: "Ctrl-L clears the screen in hobnob and after /edit on; elsewhere only your own terminal can.",
    no_duration: "{typed} is no length of time: write 5s, 30m, 2h, 7d, at most 3650d.",
    no_network: "{typed} is no address: write 192.0.2.7, or 192.0.2.0/24 for all that begin so.",
    unknown: "There is no command /{typed}. /help lists them; // says a line that begins with /.",
    unknown_nearest: "There is no command /{typed}. Did you mean /{nearest}?",
};

fn group(group: Group) -> &'static str {
    match group {
        Group::Names => "Names",
        Group::Talking => "Talking",
        Group::Rooms => "Rooms",
        Group::Shown => "Display",
        Group::Order => "Order",
        Group::Other => "Other",
    }
}

fn description(topic: Topic) -> &'static str {
    match topic {
        Topic::Nick => "Changes your name.",
        Topic::Register => "Keeps your name for you alone, by a password.",
        Topic::Login => "Takes back a name that you have registered.",
        Topic::Logout => "Ends your login; you stay as a guest.",
        Topic::Passwd => "Changes your password.",
        Topic::Unregister => "Gives up your registered name and all that is kept with it.",
        Topic::Whois => "Tells what is known of somebody.",
        Topic::Away => "Tells others that you are away.",
        Topic::Back => "Tells others that you are back.",
        Topic::Me => "Tells the room what you do.",
        Topic::Msg => "Sends TEXT to one person privately.",
        Topic::Reply => "Answers who last wrote to you alone.",
        Topic::Say => "Says TEXT as it is, even if it begins with # or /.",
        Topic::History => "Shows the last N lines, or those since a time or of a day.",
        Topic::Search => "Looks for lines that hold all of the WORDS.",
        Topic::More => "Shows what follows after /history or /search.",
        Topic::Ignore => "Hides what NAME says; alone, it lists who is ignored.",
        Topic::Unignore => "Shows again what NAME says.",
        Topic::Join => "Enters a room, which is made if there is none.",
        Topic::Leave => "Leaves the room where you are, or #ROOM.",
        Topic::Rooms => "Lists the rooms.",
        Topic::Who => "Lists who is in the room where you are, or in #ROOM.",
        Topic::Topic => "Shows what the room is about, changes it, or clears it.",
        Topic::Invite => "Invites somebody into a room, even into a locked one.",
        Topic::Room => "Changes your room: who may join, who sees it, how fast.",
        Topic::Quiet => "Hides who comes and goes.",
        Topic::Replay => "Chooses how many old messages you see on joining a room.",
        Topic::Timestamps => "Shows the time before each line.",
        Topic::Tz => "Chooses the time zone of the times that you see.",
        Topic::Bell => "Chooses when the bell of your terminal rings.",
        Topic::Colour => "Shows names in colour, and lines that mention you.",
        Topic::Edit => "Keeps the line that you type below what others say.",
        Topic::Plain => "Suits screen readers: no colour, no /edit; /bell works.",
        Topic::Claim => "Makes you the owner; the server prints the token at start.",
        Topic::Op => "Lists owners and operators; with NAME it makes one.",
        Topic::Deop => "Takes somebody's rank.",
        Topic::Kick => "Removes somebody, who may come back.",
        Topic::Ban => "Keeps somebody out: for a TIME such as 2h, or for good.",
        Topic::Unban => "Lets them in again.",
        Topic::Mute => "Lets somebody read, but not talk.",
        Topic::Unmute => "Lets them talk again.",
        Topic::Bans => "Lists who is banned or muted.",
        Topic::Audit => "Lists what was done to keep order.",
        Topic::Lockdown => "Lets only registered people talk.",
        Topic::Motd => "Shows the message of the day.",
        Topic::Stats => "Tells how much there is to do.",
        Topic::Uptime => "Tells how long the server has been up.",
        Topic::Version => "Tells which program this is.",
        Topic::Help => "Lists the commands, or explains one.",
        Topic::Quit => "Leaves the server; the others are told TEXT.",
    }
}

fn details(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::History => &[
            "  N: the last N messages. 2h, 7d: those since then; also 30m, 2w, 1h30m.",
            "  today, yesterday, 2026-11-24: those of that day.",
            "  #ROOM: in another room that you are in, as in /history #garden 7d",
        ],
        Topic::Join => &[
            "  A room's name is one word. PASSWORD is for a room that has one; a room",
            "  that you make gets it, if you type its name with the #.",
        ],
        Topic::Room => &[
            "  lock: only invited people can join. unlock: everybody can.",
            "  password WORD: whoever joins needs it. password off: nobody does.",
            "  hide: the room is in no list. show: it is in the lists again.",
            "  slow SECONDS: the least time between two messages of a person. slow off: none.",
            "  end: the room is nobody's, and closes when the last person leaves.",
        ],
        _ => &[],
    }
}
