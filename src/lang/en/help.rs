//! English: the help.

use crate::lang::help::HelpTexts;
use crate::model::{Group, Topic};

pub(in crate::lang) static HELP: HelpTexts = HelpTexts {
    introduction: &[
        "Type a line to say it to everyone in your room. A line can also start with:",
        "  #ROOM TEXT   says TEXT in another room; #ROOM alone switches to it",
        "  /COMMAND     runs one of the commands below; /help COMMAND explains it",
        "  //TEXT       says /TEXT",
        "A line with @NAME in it alerts that person; /msg NAME TEXT is private.",
    ],
    keys: &[
        "With /edit on, these keys work in your input line:",
        "  ← → ^B ^F        move a character     Alt-← Alt-→   move a word",
        "  Home End ^A ^E   start and end        ↑ ↓ ^P ^N     lines you have sent",
        "  Backspace Delete delete a character   ^W Alt-D      delete a word",
        "  ^U ^K            delete before, after ^Y            paste what was deleted",
        "  Tab Shift-Tab    complete commands, #rooms and names, most active first",
        "  ^X               go to a room with new messages, or back to the previous room",
        "  ^C               clear the line       ^L            clear the screen",
        "  ^D               leave (empty line)   ^Z            suspend hobnob",
        "Pasted text stays together until you press Enter.",
    ],
    group,
    order: "/help order lists the commands for operators and room owners",
    description,
    details,
    placeholder: |_| None,
    example_of: Topic::example,
    example: |example| format!("For example: {example}"),
    other_names: |names| format!("Other names: {names}"),
};

fn group(group: Group) -> &'static str {
    match group {
        Group::Names => "Names",
        Group::Talking => "Talking",
        Group::Rooms => "Rooms",
        Group::Shown => "Display",
        Group::Moderation => "Moderate",
        Group::Other => "Other",
    }
}

fn description(topic: Topic) -> &'static str {
    match topic {
        Topic::Nick => "Changes your name.",
        Topic::Register => "Reserves your name with a password.",
        Topic::Login => "Logs you in to a name that you have registered.",
        Topic::Logout => "Logs you out; you stay as a guest.",
        Topic::Passwd => "Changes your password.",
        Topic::Unregister => "Deletes your account; with erase, all your messages, too.",
        Topic::Whois => "Shows information about someone.",
        Topic::Away => "Tells others that you are away.",
        Topic::Back => "Tells others that you are back.",
        Topic::Me => "Describes what you are doing, as in * ann waves.",
        Topic::Msg => "Sends TEXT to someone privately.",
        Topic::Reply => "Replies to the last private message.",
        Topic::Say => "Says TEXT as it is, even if it starts with # or /.",
        Topic::History => "Shows the last N messages, or those from a time or day.",
        Topic::Search => "Finds messages that contain all of the WORDS.",
        Topic::Delete => "Deletes your last message here.",
        Topic::More => "Shows the next page of /history or /search.",
        Topic::Ignore => "Hides messages from NAME; alone, lists who you ignore.",
        Topic::Unignore => "Shows messages from NAME again.",
        Topic::Join => "Joins a room, or creates it if it does not exist.",
        Topic::Leave => "Leaves the current room, or #ROOM.",
        Topic::Rooms => "Lists the rooms.",
        Topic::Who => "Lists who is in the current room, or in #ROOM.",
        Topic::Topic => "Shows, changes or clears the topic of the room.",
        Topic::Invite => "Invites someone to a room, even a locked one.",
        Topic::Room => "Changes your room's settings, such as lock or slow mode.",
        Topic::Quiet => "Hides joins and departures.",
        Topic::Replay => "Sets how many earlier messages you see on joining.",
        Topic::Timestamps => "Shows the time before each message.",
        Topic::Tz => "Sets the time zone of the times that you see.",
        Topic::Bell => "Sets when your terminal's bell rings.",
        Topic::Colour => "Shows names in colour and highlights mentions of you.",
        Topic::Edit => "Keeps your input line below the messages.",
        Topic::Plain => "For screen readers: no colour, no /edit; /bell still works.",
        Topic::Lang => "Sets the language of what the server tells you.",
        Topic::Claim => "Makes you the owner; the server prints TOKEN at startup.",
        Topic::Op => "Lists owners and operators; with NAME, appoints one.",
        Topic::Deop => "Removes someone as operator or owner.",
        Topic::Kick => "Removes someone; they can come back.",
        Topic::Ban => "Keeps someone out, for a TIME such as 2h or for good.",
        Topic::Unban => "Lifts a ban.",
        Topic::Mute => "Lets someone read, but not talk.",
        Topic::Unmute => "Lifts a mute.",
        Topic::Bans => "Lists who is banned or muted.",
        Topic::Audit => "Lists moderation actions.",
        Topic::Lockdown => "Lets only registered users talk.",
        Topic::Motd => "Shows the message of the day.",
        Topic::Stats => "Shows server load and memory use.",
        Topic::Uptime => "Shows how long the server has been running.",
        Topic::Version => "Shows the server's version.",
        Topic::Help => "Lists the commands, or explains one.",
        Topic::Quit => "Leaves the server; the others see TEXT.",
    }
}

fn details(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::History => &[
            "  N: the last N messages. 2h, 7d: messages since then; also 30m, 2w, 1h30m.",
            "  today, yesterday, 2026-11-24: messages from that day.",
            "  #ROOM: another room that you are in, as in /history #garden 7d",
            "  numbers: with the number of each message, for /delete.",
        ],
        Topic::Delete => &[
            "  NAME N: the last N messages from NAME here, for room owners and operators.",
            "  #ROOM NUMBER: one message, by the number that /history numbers shows.",
            "  The text is removed from the history, search, exports and the server's disk.",
        ],
        Topic::Join => &[
            "  A room's name is one word. PASSWORD is for a room that needs one. To create",
            "  a room with a password, type its name with the #.",
        ],
        Topic::Room => &[
            "  lock: only invited people can join. unlock: everyone can.",
            "  password WORD: people need it to join. password off: no password.",
            "  hide: the room does not appear in lists. show: it appears again.",
            "  slow SECONDS: the time between two messages from one person. slow off: none.",
            "  end: you give up the room; it closes when the last person leaves.",
        ],
        _ => &[],
    }
}
