//! The parsers of settings: they return a value, or a description of what would be right.

use std::{
    borrow::Cow, fmt::Display, net::IpAddr, num::NonZeroUsize, path::PathBuf, str::FromStr,
    time::Duration,
};

use http::HeaderName;

use super::address::{DefaultPorts, ListenAddress};

/// The headers in which clients of model servers send keys, besides `Authorization`: those of
/// Anthropic and of Azure.
const KEY_HEADERS: [HeaderName; 2] = [
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
];

/// Parses a text.
pub(super) type Parser<T> = fn(&str) -> Result<T, Invalid>;

/// A text is not valid; this is what would be right.
#[derive(Debug)]
pub(super) struct Invalid(pub(super) Cow<'static, str>);

/// Parses a type whose error describes what would be right.
pub(super) fn from_str<T: FromStr<Err = &'static str>>(text: &str) -> Result<T, Invalid> {
    text.parse().map_err(expected)
}

/// Parses a type whose error says more than a fixed text can.
pub(super) fn named<T: FromStr<Err: Display>>(text: &str) -> Result<T, Invalid> {
    text.parse()
        .map_err(|error: T::Err| Invalid(error.to_string().into()))
}

/// `true` or `false` in any case. TorchServe takes everything else as false; here it aborts
/// startup, because a value like `yes` may have been meant to require a key.
pub(super) fn boolean(text: &str) -> Result<bool, Invalid> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(expected("true or false")),
    }
}

/// A path as it is written; a relative one is relative to the working directory.
pub(super) fn path(text: &str) -> Result<PathBuf, Invalid> {
    match text {
        "" => Err(expected("a path")),
        _ if text.contains('\0') => Err(expected("a path without NUL")),
        _ => Ok(PathBuf::from(text)),
    }
}

/// An address to listen on, and its port where it has none: `HTTP`, or `HTTPS` for `https://`.
pub(super) fn address<const HTTP: u16, const HTTPS: u16>(
    text: &str,
) -> Result<ListenAddress, Invalid> {
    let (http, https) = (HTTP, HTTPS);
    ListenAddress::parse(text, DefaultPorts { http, https })
        .map_err(|error| Invalid(error.to_string().into()))
}

/// An IP address without a port.
pub(super) fn ip_address(text: &str) -> Result<IpAddr, Invalid> {
    text.parse()
        .map_err(|_| expected("an IPv4 or IPv6 address without a port, such as 127.0.0.1"))
}

/// The name of a header that may carry a key: one that says nothing else of a request.
pub(super) fn token_header(text: &str) -> Result<HeaderName, Invalid> {
    let name = text.parse().ok();
    name.filter(|name| KEY_HEADERS.contains(name))
        .ok_or_else(|| expected("x-api-key or api-key"))
}

/// A port; 0 lets the operating system choose one.
pub(super) fn port(text: &str) -> Result<u16, Invalid> {
    text.parse().map_err(|_| out_of_bounds(u16::MIN, u16::MAX))
}

/// A whole number from 1 to `MAX`.
pub(super) fn positive<const MAX: usize>(text: &str) -> Result<NonZeroUsize, Invalid> {
    let number = whole_number(text, 1, MAX)?;
    NonZeroUsize::new(number).ok_or_else(|| out_of_bounds(1, MAX))
}

/// A number of threads from 0 to `MAX`; 0 leaves the number to the server and is `None`.
pub(super) fn threads<const MAX: usize>(text: &str) -> Result<Option<NonZeroUsize>, Invalid> {
    whole_number(text, 0, MAX).map(NonZeroUsize::new)
}

/// A limit from 1 to `MAX`; 0 is no limit and is `None`.
pub(super) fn limit<const MAX: usize>(text: &str) -> Result<Option<NonZeroUsize>, Invalid> {
    whole_number(text, 0, MAX).map(NonZeroUsize::new)
}

/// A number of bytes from `MIN` to `MAX`.
pub(super) fn bytes<const MIN: usize, const MAX: usize>(text: &str) -> Result<usize, Invalid> {
    whole_number(text, MIN, MAX)
}

/// A whole number from 1 to `MAX`.
pub(super) fn count<const MAX: u32>(text: &str) -> Result<u32, Invalid> {
    whole_number(text, 1, MAX)
}

/// A whole number of seconds from 0 to `MAX`.
pub(super) fn seconds<const MAX: u64>(text: &str) -> Result<Duration, Invalid> {
    whole_number(text, 0, MAX).map(Duration::from_secs)
}

/// A whole number of seconds from 1 to `MAX`.
pub(super) fn some_seconds<const MAX: u64>(text: &str) -> Result<Duration, Invalid> {
    whole_number(text, 1, MAX).map(Duration::from_secs)
}

fn whole_number<T>(text: &str, min: T, max: T) -> Result<T, Invalid>
where
    T: FromStr + PartialOrd + Display,
{
    match text.parse() {
        Ok(number) if number >= min && number <= max => Ok(number),
        _ => Err(out_of_bounds(min, max)),
    }
}

fn out_of_bounds(min: impl Display, max: impl Display) -> Invalid {
    Invalid(format!("a whole number from {min} to {max}").into())
}

fn expected(text: &'static str) -> Invalid {
    Invalid(text.into())
}
