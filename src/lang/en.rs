//! English.

use super::Catalogue;
use super::answers::en::ANSWERS;
use super::help::en::HELP;
use super::order::en::ORDER;

pub(super) const CATALOGUE: Catalogue = Catalogue {
    welcome: "Welcome {name}",
    joined: "{name} joined",
    joined_run: "{name} and {others} others joined",
    left: "{name} left",
    left_run: "{name} and {others} others left",
    left_with: "{name} left: {text}",
    said_separator: ": ",
    missed_one: "… you missed 1 line",
    missed_many: "… you missed {count} lines",
    missed_one_in: "… you missed 1 line in {room}",
    missed_many_in: "… you missed {count} lines in {room}",
    paste_cut: "Not all of what you pasted fits: {lines} lines, {bytes} bytes, {limit} in a line.",
    no_suspend: "Ctrl-Z stops nothing here. To suspend telnet: Ctrl-], then z and Enter.",
    line_too_long: "Your line was not sent: it is longer than {limit} bytes.",
    are_you_there: "[Yes, this server is here.]",
    goodbye: "The server is shutting down. Goodbye.",
    server_full: "The server is full ({max} are here). Please try again later.",
    too_many_from_address: "There are already {max} connections from your address. Close one first.",
    connecting_too_fast: "Your address connects too often. Please try again in a minute.",
    handshake_timeout: "You took too long to enter. Please connect again.",
    not_http: "This is a chat server, not a web server. Join it with telnet, nc or hobnob.",
    not_tls: "This is a chat server without TLS. Join it with telnet, nc or hobnob.",
    not_ssh: "This is a chat server, not an SSH server. Join it with telnet, nc or hobnob.",
    listening: "hobnob is listening on {addresses}",
    join_with: "People join with any of:",
    own_with: "To own this server, /register a name there, then /claim {token}",
    stop_with: "Ctrl-C stops the server.",
    help: HELP,
    answers: ANSWERS,
    order: ORDER,
    flood_held: "held {seconds} s: you are typing too fast",
    flood_silenced: "You are typing too fast, and silenced for {seconds} s.",
    flood_not_said: "That was not said: you are silenced for {seconds} s more.",
    flood_not_done: "That was not done: you are silenced for {seconds} s more.",
    door_password_wrong: "That is not the password of this server. Please try again.",
    door_closed: "That is not the password of this server. Goodbye.",
};
