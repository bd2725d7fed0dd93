use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::eventually;

/// The content of `key_file.json`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Keys {
    /// The key for the management listener.
    pub management: ExpiringKey,
    /// The key for the inference listener.
    pub inference: ExpiringKey,
    /// The key for `/token`.
    pub api: String,
}

/// A key, and the instant from which it is invalid.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpiringKey {
    /// As it is sent in the header.
    pub key: String,
    /// As it is written in the file.
    pub expiration_time: String,
}

impl Keys {
    /// Reads a key file.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&text)
    }

    /// Reads the text of a key file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let file: Value = serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("the key file is not JSON: {error}: {text:?}"));
        Self {
            management: ExpiringKey::of(&file["management"]),
            inference: ExpiringKey::of(&file["inference"]),
            api: string(&file["API"]["key"]),
        }
    }

    /// All three.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.management.key, &self.inference.key, &self.api]
            .into_iter()
            .map(String::as_str)
    }
}

impl ExpiringKey {
    /// The instant from which it is invalid.
    #[must_use]
    pub fn expiration(&self) -> SystemTime {
        DateTime::parse_from_rfc3339(&self.expiration_time)
            .expect("RFC 3339")
            .with_timezone(&Utc)
            .into()
    }

    /// Returns once it has expired.
    pub fn wait_until_expired(&self) {
        let expiration = self.expiration();
        eventually("the key expires", || {
            match expiration.duration_since(SystemTime::now()) {
                Ok(Duration::ZERO) | Err(_) => Some(()),
                Ok(left) => {
                    thread::sleep(left.min(Duration::from_secs(1)));
                    None
                }
            }
        });
    }

    fn of(member: &Value) -> Self {
        Self {
            key: string(&member["key"]),
            expiration_time: string(&member["expiration time"]),
        }
    }
}

fn string(value: &Value) -> String {
    value.as_str().expect("the key file's member").to_owned()
}
