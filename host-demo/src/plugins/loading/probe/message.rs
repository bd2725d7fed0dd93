//! What the server and the process of a probe tell each other, one JSON value a line.

use std::{
    io::{self, BufRead, Write},
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The longest line.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// From the server: how the plugin is opened.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ProbeOrder {
    /// The server's process.
    pub(super) server_id: u32,
    /// The settings in force, which hold no secret.
    pub(super) settings: Vec<(String, String)>,
    /// How long keys live, in minutes.
    pub(super) key_minutes: f64,
    pub(super) time_limit: Duration,
}

/// From the process: how far it has come.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProbeProgress {
    /// The library does not match the contract, or the dynamic linker refused it.
    Refused {
        reason: String,
        /// All differences to the contract, where there are some.
        comparison: Option<String>,
    },
    /// The library is loaded; the plugin is opened next.
    Loaded,
    /// Nothing ended the process.
    Survived,
}

/// Writes one value.
pub(super) fn send(mut to: impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// Reads one value; `None` at the end.
pub(super) fn receive<T: DeserializeOwned>(from: impl BufRead) -> io::Result<Option<T>> {
    let mut line = String::new();
    if from.take(LINE_BYTES_MAX).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}
