//! Java's `.properties` syntax, as `java.util.Properties.load` reads it.
//!
//! The parser reads no file and knows no keys. Each of the crates for this syntax loses or refuses
//! something that Java reads (an entry whose last line ends in a backslash, a comment with `\u` in
//! it, a tab before a key), so the tests compare this parser with one of them where that crate
//! agrees with Java.

use thiserror::Error;

/// One `key=value` of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Property {
    pub(crate) key: String,
    pub(crate) value: String,
    /// Line of the key, counted from 1; a value may continue on further lines.
    pub(crate) line: usize,
}

/// Why a line is not a property.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{problem}")]
pub(crate) struct SyntaxError {
    pub(crate) line: usize,
    pub(crate) problem: SyntaxProblem,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum SyntaxProblem {
    #[error("\\u needs four hexadecimal digits after it (a backslash itself is written \\\\)")]
    Escape,
    #[error("\\u names half of a surrogate pair")]
    Surrogate,
}

/// Reads all entries in the order of the text, repeated keys included.
///
/// # Errors
/// The first malformed `\uXXXX`; everything else is valid in this syntax.
pub(crate) fn parse(text: &str) -> Result<Vec<Property>, SyntaxError> {
    let mut properties = Vec::new();
    let mut lines = NaturalLines { rest: Some(text) }.zip(1..);
    while let Some((start, line)) = lines.next() {
        let mut logical = String::new();
        let mut part = skip_blanks(start);
        // As in Java, a line is a comment only if it does not continue another line.
        while !(logical.is_empty() && part.starts_with(['#', '!'])) {
            let Some(continued) = strip_continuation(part) else {
                logical.push_str(part);
                break;
            };
            logical.push_str(continued);
            part = lines.next().map_or("", |(next, _)| skip_blanks(next));
        }
        if logical.is_empty() {
            continue;
        }
        let (key, value) = split(&logical);
        let read = |raw| unescape(raw).map_err(|problem| SyntaxError { line, problem });
        properties.push(Property {
            key: read(key)?,
            value: read(value)?,
            line,
        });
    }
    Ok(properties)
}

/// Physical lines; `\n`, `\r` and `\r\n` end one.
struct NaturalLines<'a> {
    rest: Option<&'a str>,
}

impl<'a> Iterator for NaturalLines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let Some((line, rest)) = text.split_once(['\n', '\r']) else {
            self.rest = None;
            return Some(text);
        };
        let is_carriage_return = text.as_bytes().get(line.len()) == Some(&b'\r');
        self.rest = if is_carriage_return {
            rest.strip_prefix('\n').or(Some(rest))
        } else {
            Some(rest)
        };
        Some(line)
    }
}

const BLANKS: [char; 3] = [' ', '\t', '\x0c'];

fn skip_blanks(line: &str) -> &str {
    line.trim_start_matches(BLANKS)
}

/// The line without its last backslash, if that backslash continues it on the next one.
fn strip_continuation(line: &str) -> Option<&str> {
    let backslashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
    if backslashes % 2 == 1 {
        line.strip_suffix('\\')
    } else {
        None
    }
}

/// Splits at the first separator that is not escaped: blanks, or one `=` or `:` with blanks around
/// it.
fn split(logical: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = logical.find(|character| {
        let ends_key =
            !is_escaped && (BLANKS.contains(&character) || matches!(character, '=' | ':'));
        is_escaped = !is_escaped && character == '\\';
        ends_key
    });
    let (key, rest) = logical.split_at(end.unwrap_or(logical.len()));
    let rest = skip_blanks(rest);
    (
        key,
        skip_blanks(rest.strip_prefix(['=', ':']).unwrap_or(rest)),
    )
}

fn unescape(raw: &str) -> Result<String, SyntaxProblem> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut characters = after.chars();
        match characters.next() {
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('f') => text.push('\x0c'),
            Some('r') => text.push('\r'),
            Some('u') => {
                let (character, after_escape) = unicode_escape(characters.as_str())?;
                text.push(character);
                rest = after_escape;
                continue;
            }
            Some(other) => text.push(other),
            None => {}
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
    Ok(text)
}

/// Reads what follows `\u`; two escapes in a row may be one character of UTF-16.
fn unicode_escape(after: &str) -> Result<(char, &str), SyntaxProblem> {
    let (unit, rest) = four_digits(after)?;
    if let Some(character) = char::from_u32(u32::from(unit)) {
        return Ok((character, rest));
    }
    let second = rest.strip_prefix("\\u").ok_or(SyntaxProblem::Surrogate)?;
    let (second_unit, rest) = four_digits(second)?;
    match char::decode_utf16([unit, second_unit]).next() {
        Some(Ok(character)) => Ok((character, rest)),
        _ => Err(SyntaxProblem::Surrogate),
    }
}

fn four_digits(text: &str) -> Result<(u16, &str), SyntaxProblem> {
    let (digits, rest) = text.split_at_checked(4).ok_or(SyntaxProblem::Escape)?;
    // `from_str_radix` alone would accept a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(SyntaxProblem::Escape);
    }
    let unit = u16::from_str_radix(digits, 16).map_err(|_| SyntaxProblem::Escape)?;
    Ok((unit, rest))
}

#[cfg(test)]
mod tests;
