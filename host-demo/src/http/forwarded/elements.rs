//! The grammar of `Forwarded`: elements separated by commas, each with pairs of name and value
//! separated by semicolons.

/// The text of `for` in each element of one line, `None` where an element has none; without its
/// quotes. An escape in it stays as it is: no address has one.
///
/// Returns `None` if the line is malformed anywhere: then it is open which commas separate elements.
pub(super) fn elements(line: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let mut rest = line;
    let mut elements = Vec::new();
    let mut node = None;
    loop {
        let (name, value, after) = pair(rest)?;
        if name.eq_ignore_ascii_case(b"for") && node.replace(value).is_some() {
            return None;
        }
        match after.trim_ascii_start().split_first() {
            None => {
                elements.push(node);
                return Some(elements);
            }
            Some((b',', after)) => {
                elements.push(node.take());
                rest = after;
            }
            Some((b';', after)) => rest = after,
            Some(_) => return None,
        }
    }
}

/// The first pair, and what comes after it.
fn pair(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name, rest) = token(text.trim_ascii_start())?;
    let rest = rest.strip_prefix(b"=")?;
    let (value, rest) = quoted(rest).or_else(|| token(rest))?;
    Some((name, value, rest))
}

/// A token, and what comes after it. As senders are not strict, it may hold what a node needs, `:`,
/// `[` and `]`, without being quoted.
fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(byte);
    let length = text
        .iter()
        .position(|byte| !is_part(byte))
        .unwrap_or(text.len());
    text.split_at_checked(length).filter(|_| length > 0)
}

/// What stands between quotes, and what comes after them.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let mut is_escaped = false;
    let end = text.iter().position(|&byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    let (value, rest) = text.split_at_checked(end)?;
    Some((value, rest.get(1..)?))
}
