//! `hobnob`, the client: reads the command line, decides whether to chat or to copy, and turns the
//! result into an exit code. Everything else is in [`hobnob::client`].

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use hobnob::base::cli;
use hobnob::client::say::{self, SayAuthor};
use hobnob::client::session::Ending;
use hobnob::client::terminal::display::DisplayOptions;
use hobnob::client::terminal::run::{self, ClientOptions};

use hobnob::client::{self, Address, AddressError, Destination, texts};
use hobnob::model::language::Lang;
use hobnob::model::password::ClearPassword;

/// The name of the program in its messages.
const PROGRAM: &str = "hobnob";

/// Chat on a hobnob server, or on any other server that speaks lines of text.
///
/// On a terminal, your input line stays below the messages. If the connection breaks, hobnob
/// reconnects, restores your name and rooms, and shows what you missed.
///
/// If standard input or output is not a terminal, or TERM is dumb, hobnob works like netcat: it
/// copies standard input to the server and the server's output to standard output, byte for byte,
/// until the server closes the connection.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
struct Arguments {
    /// The server, and your name there; write an IPv6 address with a port as [::1]:8000. The
    /// default port is 8000. If the name is registered, hobnob asks for its password
    #[arg(value_name = "[NAME@]HOST[:PORT]", default_value = "localhost:8000")]
    target: Destination,

    /// The port, as with telnet and nc
    #[arg(value_name = "PORT", value_parser = port_of)]
    port: Option<u16>,

    /// Append every line to this file, with the time and without colours
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// Ring the terminal's bell for lines that mention your name and for private messages
    #[arg(long)]
    bell: bool,

    /// Say TEXT in the lobby and leave, for scripts; `-` says each line of standard input. Others
    /// do not see you join or leave, and nothing is printed on success
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["log", "bell", "notify"])]
    say: Option<String>,

    /// The name to use with --say
    #[arg(long = "as", value_name = "NAME", requires = "say")]
    say_as: Option<String>,

    /// A file with the password of that name, if it is registered
    #[arg(long, value_name = "FILE", requires = "say")]
    password_file: Option<PathBuf>,

    /// A file with the server's password, if it has one
    #[arg(long, value_name = "FILE", requires = "say")]
    server_password_file: Option<PathBuf>,

    /// Show desktop notifications for the same lines, through the terminal (OSC 9 and OSC 777)
    #[arg(long)]
    notify: bool,
}

/// Only this many bytes of a password file are read: a password is much shorter.
const SECRET_BYTES_MAX: u64 = 4 * 1024;

const AFTER_HELP: &str = "\
Keys on a terminal:
  Enter sends, Tab completes commands, names and rooms, Up and Down recall lines you sent
  ^X goes to the next room with something unread, ^L clears the screen, ^C clears the line
  ^D on an empty line leaves, ^Z suspends; other keys work as in a shell (/help keys)

Environment:
  NO_COLOR        no colours, if set to anything but an empty string
  LC_ALL, LC_MESSAGES, LANG
                  the language of what hobnob and the server say: English or Chinese
  HOBNOB_NAME_PASSWORD, HOBNOB_SERVER_PASSWORD
                  with --say, the passwords of the name and of the server
  XDG_STATE_HOME  where sent lines are kept, in hobnob/sent [default: ~/.local/state]

Examples:
  hobnob                                     chat on this machine
  hobnob ann@chat.example.org:8000           chat on another server, as ann
  hobnob chat.example.org 8000               the same syntax as telnet and nc
  printf 'hi\\n' | hobnob localhost:8000      say one thing and leave
  hobnob --say 'backup done' --as backup localhost
                                             say something; fail if it was not delivered
  hobnob localhost:8000 </dev/null           see whether the server answers

Exit status:
  0  the server closed the connection normally, or the reader of the output went away; the output
     shows what happened to the lines that were sent
  1  the connection could not be made, or was lost for good; or input or output failed; or, with
     --say, a message was not sent, and a line on standard error says why
  2  the command line was invalid";

fn port_of(text: &str) -> Result<u16, AddressError> {
    text.parse().ok().filter(|port| *port != 0).ok_or(AddressError::Port)
}

fn main() -> ExitCode {
    let arguments: Arguments = match cli::parse(PROGRAM) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let Destination { name, address } = arguments.target;
    let address = match arguments.port {
        None => Some(address),
        Some(port) => address.with_port(port),
    };
    let Some(address) = address else {
        cli::complain(PROGRAM, "two ports were given; write HOST:PORT or HOST PORT");
        return ExitCode::from(2);
    };
    let lang = Lang::of_environment();
    let term = std::env::var("TERM").unwrap_or_default();
    let is_interactive = io::stdin().is_terminal() && io::stdout().is_terminal() && term != "dumb";
    let done = if let Some(text) = &arguments.say {
        let secrets = [
            secret(arguments.password_file.as_deref(), "HOBNOB_NAME_PASSWORD", lang),
            secret(arguments.server_password_file.as_deref(), "HOBNOB_SERVER_PASSWORD", lang),
        ];
        let [Ok(password), Ok(server_password)] = secrets else {
            secrets.into_iter().filter_map(Result::err).for_each(|problem| {
                cli::complain(PROGRAM, problem);
            });
            return ExitCode::FAILURE;
        };
        let name = arguments.say_as.or(name);
        say(&address, &SayAuthor { name, password, server_password }, text, lang)
    } else if is_interactive {
        let looks = DisplayOptions {
            colours: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            bell: arguments.bell,
            notifications: arguments.notify,
            // The Linux console has no title, and would show part of the sequence.
            title: term != "linux",
        };
        chat(&address, ClientOptions { name, looks, log: arguments.log, lang })
    } else if name.is_some() || arguments.log.is_some() || arguments.bell || arguments.notify {
        cli::complain(PROGRAM, "NAME@, --log, --bell and --notify need a terminal");
        return ExitCode::from(2);
    } else {
        copy(&address, lang)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            cli::complain(PROGRAM, problem);
            ExitCode::FAILURE
        }
    }
}

fn chat(address: &Address, options: ClientOptions) -> Result<(), String> {
    let lang = options.lang;
    match run::run(address, options).map_err(|error| error.told(lang))? {
        Ending::Left => Ok(()),
        // A user should know why the shell's prompt is back.
        Ending::Closed => {
            tell_of_end(address, lang);
            Ok(())
        }
        Ending::Broken(reason) => Err(reason),
    }
}

fn copy(address: &Address, lang: Lang) -> Result<(), String> {
    let end = client::connect(address)
        .and_then(|socket| client::run(socket, io::stdin(), io::stdout()))
        .map_err(|error| error.told(lang))?;
    if end == client::SessionEnd::Server && io::stdin().is_terminal() {
        tell_of_end(address, lang);
    }
    Ok(())
}

fn tell_of_end(address: &Address, lang: Lang) {
    cli::complain(PROGRAM, texts::CLOSED_BY_SERVER.fill(lang, &[("address", address)]));
}

fn say(address: &Address, author: &SayAuthor, text: &str, lang: Lang) -> Result<(), String> {
    let connect = || client::connect(address).map_err(|error| error.told(lang));
    match text {
        "-" => say::run(&connect, author, io::stdin().lock(), lang),
        text => say::run(&connect, author, text.as_bytes(), lang),
    }
}

/// A password from a file or the environment, if there is one.
fn secret(
    file: Option<&Path>,
    variable: &str,
    lang: Lang,
) -> Result<Option<ClearPassword>, String> {
    let unless_empty = |password: &ClearPassword| !password.is_empty();
    let Some(path) = file else {
        return Ok(std::env::var(variable).ok().map(ClearPassword::new).filter(unless_empty));
    };
    let read = |path: &Path| {
        let mut text = ClearPassword::default();
        File::open(path)?.take(SECRET_BYTES_MAX).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read(path)
        .map_err(|error| texts::CANNOT_READ_FILE.of_file(lang, path.display(), &error))?;
    let first = text.lines().next().unwrap_or_default();
    Ok(Some(ClearPassword::new(first.to_owned())).filter(unless_empty))
}
