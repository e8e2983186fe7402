//! The values of settings: parsing and formatting.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use hobnob::base::rate_limit::Rate;
use hobnob::net::bind::{ListenAddress, ListenAddressError};
use hobnob::server::config::Config;
use hobnob::wire::door::Scheme;
use ipnet::IpNet;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// Parses a number. The error is meant for users.
pub(crate) fn whole_number<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "write a whole number")
}

/// Parses a network, or a single address.
pub(crate) fn network(text: &str) -> Result<IpNet, &'static str> {
    let single = text.parse::<IpAddr>().map(|address| address.to_canonical().into());
    single
        .or_else(|_| text.parse())
        .map_err(|_| "write an address or a network, such as 10.0.0.5 or 10.0.0.0/8")
}

/// Rejects a port without an address, with a suggestion.
pub(crate) fn port_alone(text: &str) -> Result<Infallible, String> {
    let port = text.parse::<u16>().map_or_else(|_| "8000".to_owned(), |port| port.to_string());
    Err(format!(
        "use --listen localhost:{port} for this machine only, or --listen '[::]:{port}' for the \
         network"
    ))
}

/// Parses a log filter. Rejects words that are not levels: they would count as targets, and nothing
/// else would be logged.
pub(crate) fn log_filter(text: &str) -> Result<Targets, &'static str> {
    const EXPECTED: &str =
        "write a level (error, warn, info, debug, trace or off), or target=level pairs";
    let is_known = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
    if !text.split(',').all(is_known) {
        return Err(EXPECTED);
    }
    text.parse().map_err(|_| EXPECTED)
}

/// A listening address and the clients that it serves: `HOST:PORT` or `SCHEME://HOST:PORT`.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    pub(crate) scheme: Scheme,
    pub(crate) address: ListenAddress,
}

impl FromStr for Entrance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Scheme::NAMED
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme.prefix()).map(|address| (scheme, address)));
        let (scheme, address) = named.unwrap_or((Scheme::Any, text));
        if let Some((other, _)) = address.split_once("://") {
            let known = Scheme::NAMED.map(Scheme::prefix).join(", ");
            return Err(format!("{other}:// is not supported; write HOST:PORT, or one of {known}"));
        }
        let address: ListenAddress =
            address.parse().map_err(|error: ListenAddressError| error.to_string())?;
        Ok(Self { scheme, address })
    }
}

impl Display for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.scheme.prefix(), self.address)
    }
}

/// How people are named.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum NamingSetting {
    Guest,
    Address,
}

/// A number, or `off` for no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) Option<u64>);

impl Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(limit) => limit.fmt(f),
            None => f.write_str("off"),
        }
    }
}

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self(None)),
            _ => text.parse().map(|limit| Self(Some(limit))).map_err(|_| "write a number, or off"),
        }
    }
}

/// `BURST:PER_SECOND` or `off`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FloodSetting(pub(crate) Option<Rate>);

impl Default for FloodSetting {
    fn default() -> Self {
        Self(Config::with_seed(0).flood)
    }
}

impl FromStr for FloodSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "write BURST:PER_SECOND, such as 20:5, or off";
        if text == "off" {
            return Ok(Self(None));
        }
        let (burst, per_second) = text.split_once(':').ok_or(EXPECTED)?;
        let number = |text: &str| text.parse::<NonZeroU32>().map_err(|_| EXPECTED);
        let (burst, per_second) = (number(burst)?, number(per_second)?);
        if per_second.get() > 1_000_000 || burst.get() > 1_000_000 {
            return Err("each number can be at most 1000000; off removes the limit");
        }
        Ok(Self(Some(Rate::per_second(burst, per_second))))
    }
}

impl Display for FloodSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(rate) => {
                let per_second = Duration::from_secs(1).as_nanos() / rate.interval().as_nanos();
                write!(f, "{}:{per_second}", rate.burst())
            }
            None => f.write_str("off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entrances_as_people_write_them() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let read = text.parse::<Entrance>().map(|entrance| entrance.to_string());
            assert_eq!(read.as_deref().map_err(String::as_str), expected, "{text}");
        };
        check("localhost:8000", Ok("localhost:8000"));
        check("telnet://localhost:8023", Ok("telnet://localhost:8023"));
        check("telnet://[::]:23", Ok("telnet://[::]:23"));
        let no_port = "the port is missing: write HOST:PORT, such as localhost:8000 or [::]:8000";
        check("telnet://localhost", Err(no_port));
        check(
            "irc://localhost:1",
            Err("irc:// is not supported; write HOST:PORT, or one of plain://, telnet://"),
        );
        check("plain://localhost:8000", Ok("plain://localhost:8000"));
    }

    #[test]
    fn flood_limits_as_people_write_them() {
        let check = |text: &str, expected: Option<&str>| {
            let flood = text.parse::<FloodSetting>().ok().map(|flood| flood.to_string());
            assert_eq!(flood.as_deref(), expected, "{text}");
        };
        check("20:5", Some("20:5"));
        check("1:1", Some("1:1"));
        check("off", Some("off"));
        check("20", None);
        check("0:5", None);
        check("20:0", None);
        check("20:5:1", None);
        check("20:2000000", None);
        check("", None);
    }
}
