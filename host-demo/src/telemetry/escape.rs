//! Escapes untrusted text, so that it fits in one line of a log.

use std::fmt::Write;

/// Appends text with every character escaped that could begin a new line, control a terminal, or
/// change the direction of the text.
pub(super) fn push_escaped(line: &mut String, text: &str) {
    for character in text.chars() {
        if is_harmful(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
}

/// Appends a value, in quotes if it could be read as more than one value.
pub(crate) fn push_value(line: &mut String, value: &str) {
    let is_plain = |character: char| {
        !matches!(character, '"' | '=') && !character.is_whitespace() && !is_harmful(character)
    };
    if !value.is_empty() && value.chars().all(is_plain) {
        line.push_str(value);
    } else {
        push_quoted(line, value);
    }
}

/// Appends text in quotes; quotes and backslashes inside are escaped.
pub(super) fn push_quoted(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => line.extend(['\\', character]),
            character if is_harmful(character) => line.extend(character.escape_default()),
            character => line.push(character),
        }
    }
    line.push('"');
}

/// Writes a line of JSON; `serde_json` does not escape all characters that can control a terminal.
pub(super) fn json_line(object: &serde_json::Value) -> String {
    let mut line = String::new();
    for character in object.to_string().chars() {
        if is_harmful(character) {
            push_format(&mut line, format_args!("\\u{:04x}", u32::from(character)));
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line
}

/// Appends formatted arguments; writing to a `String` cannot fail.
pub(super) fn push_format(line: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = line.write_fmt(arguments);
}

/// Control characters, separators of lines and paragraphs, and what Unicode calls `Bidi_Control`.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests;
