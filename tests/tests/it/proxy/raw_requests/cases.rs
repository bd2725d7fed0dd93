//! The requests of the table, which are in files of their own: a row in each line, its name and its request after a tab,
//! with the escapes of Rust.

/// One row.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// For HTTP/1.1 the bytes. For HTTP/2 a field in each line, as `name= value`, then an empty line and the body.
    pub(super) request: String,
}

pub(super) fn http1() -> Vec<Case> {
    cases(include_str!("http1.txt"))
}

pub(super) fn http2() -> Vec<Case> {
    cases(include_str!("http2.txt"))
}

fn cases(text: &'static str) -> Vec<Case> {
    let rows = text.lines().map(|line| {
        let (name, escaped) = line.split_once('\t').expect("a name and a request");
        let request = unescape(escaped);
        Case { name, request }
    });
    rows.collect()
}

fn unescape(escaped: &str) -> String {
    let mut text = String::new();
    let mut characters = escaped.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => escape(&mut characters),
            _ => character,
        });
    }
    text
}

/// What follows a backslash.
fn escape(characters: &mut std::str::Chars<'_>) -> char {
    match characters.next() {
        Some('r') => '\r',
        Some('n') => '\n',
        Some('t') => '\t',
        Some('0') => '\0',
        Some('\\') => '\\',
        Some('x') => {
            let digits: String = characters.take(2).collect();
            let code = u8::from_str_radix(&digits, 16).expect("two hexadecimal digits");
            char::from(code)
        }
        other => panic!("no escape: {other:?}"),
    }
}
