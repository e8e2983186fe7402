//! `hobnob`, the client: reads the command line, connects, copies, and turns the end into an exit
//! code. All else is in [`hobnob::client`].

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use hobnob::client::{self, Address};

/// Talk on a hobnob server, or on any other that speaks lines of text.
///
/// Standard input goes to the server and what the server says to standard output, byte for byte.
/// The end of the input (Ctrl-D on a terminal) says goodbye; what the server still has to say is
/// printed, and hobnob ends when the server closes the connection.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The server; an IPv6 address with a port is written [::1]:8000. The port is 8000 if not given
    #[arg(value_name = "HOST[:PORT]", default_value = "localhost:8000")]
    address: Address,
}

const EXAMPLES: &str = "\
Examples:
  hobnob                                     talk on this machine
  hobnob chat.example.org:8000               talk somewhere else
  printf 'hi\\n' | hobnob localhost:8000      say one thing and leave
  hobnob localhost:8000 </dev/null           see whether the server answers

Exit status:
  0  the server closed the connection, or the reader of the output went away
  1  the connection could not be made, or broke; or input or output failed
  2  the command line was wrong";

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            complain(&first_paragraph(&error));
            return ExitCode::from(2);
        }
        Err(help_or_version) => {
            // A reader that has gone needs no help.
            let _ = help_or_version.print();
            return ExitCode::SUCCESS;
        }
    };
    let ended = client::connect(&arguments.address)
        .and_then(|socket| client::run(socket, io::stdin(), io::stdout()));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// One line on standard error; should that be closed, there is nobody to tell.
fn complain(what: &str) {
    let _ = writeln!(io::stderr(), "hobnob: {what}");
}

/// What is wrong, in one line: clap goes on with tips and a summary of the usage.
fn first_paragraph(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let paragraph = rendered.split("\n\n").next().unwrap_or(&rendered);
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let what = words.join(" ");
    format!("{} (see hobnob --help)", what.strip_prefix("error: ").unwrap_or(&what))
}
