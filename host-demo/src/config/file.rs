//! The configuration file: read within limits, decoded, its `$$NAME$$` replaced.

use std::{collections::BTreeMap, ffi::OsString, path::Path};

use super::{
    error::{ConfigError, ConfigWarning},
    keys,
    properties::{self, Property},
    settings::Origin,
};
use crate::files;

/// Largest file, and largest total size of its values after replacing variables.
const FILE_BYTES_MAX: usize = 1024 * 1024;

/// The entries of a file in its order, each key once, and warnings of the keys that are in it more
/// than once.
///
/// The file is UTF-8 (TorchServe reads ISO 8859-1, in which a name like `Müller` turns into
/// `MÃ¼ller`); bytes that are not UTF-8 abort startup.
///
/// # Errors
/// A file that cannot be read, is too large, not UTF-8, malformed, or names an unset variable.
pub(super) fn read(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(Vec<Property>, Vec<ConfigWarning>), ConfigError> {
    let text = read_text(path)?;
    let properties = properties::parse(&text).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        line: error.line,
        problem: error.problem.to_string(),
    })?;
    let (mut properties, warnings) = keep_last(path, properties);
    let mut bytes_left = FILE_BYTES_MAX;
    for property in &mut properties {
        property.value = expand(path, property, &mut bytes_left, environment)?;
    }
    Ok((properties, warnings))
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let bytes = files::read(path, FILE_BYTES_MAX as u64).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(valid);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        ConfigError::Encoding {
            path: path.to_owned(),
            line,
        }
    })?;
    // Editors on Windows put a byte order mark first; it is not part of the first key.
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// Keeps the last entry of each key, as Java does.
fn keep_last(path: &Path, properties: Vec<Property>) -> (Vec<Property>, Vec<ConfigWarning>) {
    let mut kept: BTreeMap<String, Property> = BTreeMap::new();
    let mut warnings = Vec::new();
    for property in properties {
        let (key, line) = (property.key.clone(), property.line);
        if let Some(ignored) = kept.insert(key.clone(), property) {
            let origin = Origin::File {
                path: path.to_owned(),
                line,
            };
            warnings.push(ConfigWarning::DuplicateKey {
                key,
                origin,
                ignored_line: ignored.line,
            });
        }
    }
    let mut properties: Vec<Property> = kept.into_values().collect();
    properties.sort_by_key(|property| property.line);
    (properties, warnings)
}

/// Replaces each `$$NAME$$` by that environment variable, as TorchServe does.
fn expand(
    path: &Path,
    property: &Property,
    bytes_left: &mut usize,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<String, ConfigError> {
    let origin = || Origin::File {
        path: path.to_owned(),
        line: property.line,
    };
    let key = || property.key.clone();
    let mut value = String::new();
    let mut rest = property.value.as_str();
    while let Some((before, variable, after)) = next_variable(rest) {
        value.push_str(before);
        let text = environment(variable).ok_or_else(|| ConfigError::UnknownVariable {
            origin: origin(),
            key: key(),
            // Text between dollar signs in a password is not a name.
            variable: if keys::is_secret(&property.key) {
                "..."
            } else {
                variable
            }
            .to_owned(),
        })?;
        let text = text.into_string().map_err(|_| ConfigError::NotUtf8 {
            origin: origin(),
            key: key(),
        })?;
        if value.len() + text.len() > *bytes_left {
            let limit_bytes = FILE_BYTES_MAX;
            return Err(ConfigError::ExpansionTooLarge {
                origin: origin(),
                key: key(),
                limit_bytes,
            });
        }
        value.push_str(&text);
        rest = after;
    }
    value.push_str(rest);
    *bytes_left = bytes_left.checked_sub(value.len()).ok_or_else(|| {
        let limit_bytes = FILE_BYTES_MAX;
        ConfigError::ExpansionTooLarge {
            origin: origin(),
            key: key(),
            limit_bytes,
        }
    })?;
    Ok(value)
}

/// Splits at the first `$$NAME$$`, where NAME holds no `$`.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let mut start = text.find("$$")?;
    loop {
        let (before, marked) = text.split_at_checked(start)?;
        let name_start = marked.strip_prefix("$$")?;
        let (name, _) = name_start.split_once('$')?;
        let after = name_start.strip_prefix(name)?;
        if let (false, Some(after)) = (name.is_empty(), after.strip_prefix("$$")) {
            return Some((before, name, after));
        }
        // `$$$NAME$$` and `$$5 $$NAME$$`: try from the next dollar sign.
        start += 1 + marked.get(1..)?.find("$$")?;
    }
}

#[cfg(test)]
mod tests;
