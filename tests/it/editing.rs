//! A line that is edited by the server, behind the real telnet: keys and the screen.

use crate::harness::{Screen, Server};

#[test]
fn lines_that_arrive_stand_above_what_is_typed() {
    let server = Server::start();
    let mut bob = server.client();
    let mut telnet = Screen::telnet(server.telnet_address, 80, 24);
    let welcome = telnet.row("Welcome ");
    let ann = welcome.strip_prefix("Welcome ").unwrap();
    bob.sees(&format!("{ann} joined"));
    telnet.bottom("#lobby> |");
    telnet.types("hello 你");
    telnet.bottom("#lobby> hello 你|");
    bob.says("in between");
    telnet.row(&format!("{}: in between", bob.name));
    telnet.bottom("#lobby> hello 你|");
    telnet.types("\x1b[D\x1b[D!\r");
    telnet.bottom("#lobby> |");
    telnet.row(&format!("{ann}: hello! 你"));
}
