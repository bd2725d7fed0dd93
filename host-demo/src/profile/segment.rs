//! One segment of a path: of a rule, and of a request.

use std::cmp::Ordering;

use super::relation::Relation;

/// One segment of a rule's path: parts between colons.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PathSegment(Vec<Part>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Part {
    Literal(Box<str>),
    Parameter,
}

/// How a segment of a request compares with one of a rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Comparison {
    Equal,
    /// Only the letter case of literal text differs.
    OtherCase,
    Different,
}

impl PathSegment {
    /// Nothing if a literal part cannot be in a request that is forwarded.
    ///
    /// `parameters` gets the name of each parameter.
    pub(super) fn parse<'t>(text: &'t str, parameters: &mut Vec<Option<&'t str>>) -> Option<Self> {
        let mut parts = Vec::new();
        for part in text.split(':') {
            if let Some(name) = parameter_name(part) {
                parameters.push(Some(name));
                parts.push(Part::Parameter);
            } else if is_plain(part) {
                parameters.push(None);
                parts.push(Part::Literal(part.into()));
            } else {
                return None;
            }
        }
        Some(Self(parts))
    }

    /// The whole segment, if it has no parameter.
    pub(super) fn literal(&self) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) => Some(&**text),
            Part::Parameter => None,
        });
        let parts: Vec<_> = parts.collect::<Option<_>>()?;
        Some(parts.join(":"))
    }

    pub(super) fn compare(&self, segment: &str) -> Comparison {
        let mut rest = Some(segment);
        let mut is_equal = true;
        for part in &self.0 {
            let Some(text) = rest else {
                return Comparison::Different;
            };
            let (text, after) = match text.split_once(':') {
                Some((text, after)) => (text, Some(after)),
                None => (text, None),
            };
            rest = after;
            match part {
                Part::Literal(literal) if **literal == *text => {}
                Part::Literal(literal) if literal.eq_ignore_ascii_case(text) => is_equal = false,
                Part::Parameter if is_parameter(text) => {}
                Part::Literal(_) | Part::Parameter => return Comparison::Different,
            }
        }
        match (rest, is_equal) {
            (Some(_), _) => Comparison::Different,
            (None, true) => Comparison::Equal,
            (None, false) => Comparison::OtherCase,
        }
    }

    /// Which requests both name.
    pub(super) fn relation(&self, other: &Self) -> Relation {
        if self.0.len() != other.0.len() {
            return Relation::Disjoint;
        }
        let parts = self.0.iter().zip(&other.0);
        let relations = parts.map(|(one, other)| match (one, other) {
            (Part::Parameter, Part::Parameter) => Relation::Same,
            (Part::Literal(_), Part::Parameter) => Relation::Narrower,
            (Part::Parameter, Part::Literal(_)) => Relation::Wider,
            (Part::Literal(one), Part::Literal(other)) if one == other => Relation::Same,
            (Part::Literal(_), Part::Literal(_)) => Relation::Disjoint,
        });
        relations.fold(Relation::Same, Relation::and)
    }

    /// Literal parts first: the order in which the segments of a place are tried.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.parameters().cmp(&other.parameters())
    }

    fn parameters(&self) -> usize {
        let parts = self.0.iter();
        parts.filter(|part| matches!(part, Part::Parameter)).count()
    }
}

/// `x` of `{x}`.
pub(super) fn parameter_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    is_name(name).then_some(name)
}

pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    !name.is_empty() && bytes.all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Literal text of a rule: unreserved characters, so that it has one spelling.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && !matches!(text, "." | "..") && text.bytes().all(is_unreserved)
}

/// Whether the text can be the value of a parameter.
///
/// It holds nothing that a server could take for more than a part of one segment, whether it decodes
/// the path once, twice or not at all: no separator, no dot segment, no control character, no percent
/// sign, none of these encoded, and no other spelling of a character that needs no encoding.
pub(super) fn is_parameter(text: &str) -> bool {
    if matches!(text, "" | "." | "..") || text.starts_with("%20") || text.ends_with("%20") {
        return false;
    }
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, after) {
            (b'%', [high, low, after @ ..]) if is_encodable(*high, *low) => after,
            (b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b'@', _) => {
                after
            }
            (byte, _) if is_unreserved(byte) => after,
            _ => return false,
        };
    }
    true
}

/// Whether two hexadecimal digits are a byte that a parameter may hold in this form.
fn is_encodable(high: u8, low: u8) -> bool {
    let (Some(high), Some(low)) = (char::from(high).to_digit(16), char::from(low).to_digit(16))
    else {
        return false;
    };
    let Ok(byte) = u8::try_from(high * 16 + low) else {
        return false;
    };
    !byte.is_ascii_control()
        && !is_unreserved(byte)
        && !matches!(byte, b'/' | b'\\' | b'%' | b':' | b';' | b'?' | b'#')
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
