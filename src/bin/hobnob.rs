//! `hobnob`, the client: reads the command line, connects, copies, and turns the end into an exit
//! code. All else is in [`hobnob::client`].

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;
use hobnob::client::{self, Address, End};
use hobnob::usage;

/// How the program calls itself in what it says.
const PROGRAM: &str = "hobnob";

/// Talk on a hobnob server, or on any other that speaks lines of text.
///
/// Standard input goes to the server and what the server says to standard output, byte for byte.
/// The end of the input (Ctrl-D on a terminal) says goodbye; what the server still has to say is
/// printed, and hobnob ends when the server closes the connection.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The server; an IPv6 address with a port is written [::1]:8000. The port is 8000 if not
    /// given
    #[arg(value_name = "HOST[:PORT]", default_value = "localhost:8000")]
    address: Address,

    /// The port, for those who are used to telnet and nc
    #[arg(value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

const EXAMPLES: &str = "\
Examples:
  hobnob                                     talk on this machine
  hobnob chat.example.org:8000               talk somewhere else
  hobnob chat.example.org 8000               the same, as one calls telnet and nc
  printf 'hi\\n' | hobnob localhost:8000      say one thing and leave
  hobnob localhost:8000 </dev/null           see whether the server answers

Exit status:
  0  the server closed the connection in order, or the reader of the output went away; what became
     of a line that was sent is on the output
  1  the connection could not be made, or broke; or input or output failed
  2  the command line was wrong";

fn main() -> ExitCode {
    let arguments: Arguments = match usage::parse(PROGRAM) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let address = match arguments.port {
        None => Some(arguments.address),
        Some(port) => arguments.address.with_port(port),
    };
    let Some(address) = address else {
        usage::complain(PROGRAM, "two ports are given; write HOST:PORT or HOST PORT");
        return ExitCode::from(2);
    };
    let ended =
        client::connect(&address).and_then(|socket| client::run(socket, io::stdin(), io::stdout()));
    match ended {
        Ok(end) => {
            // A person is told why the prompt is back; a script sees the end of the output.
            if end == End::Server && io::stdin().is_terminal() {
                usage::complain(PROGRAM, format!("{address} has closed the connection"));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            usage::complain(PROGRAM, error);
            ExitCode::FAILURE
        }
    }
}
