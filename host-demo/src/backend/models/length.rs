//! The length of a dimension as rten infers it from those of the inputs, such as `2 * batch + 1`.

use std::collections::HashMap;

/// A term over the names of open dimensions.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Length {
    Number(i64),
    Name(String),
    Term(LengthOperation, Box<[Self; 2]>),
}

/// What joins two lengths.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum LengthOperation {
    Add,
    Subtract,
    Multiply,
    Divide,
    DivideUp,
    Largest,
    Smallest,
}

impl Length {
    /// Reads a term as rten writes it; none if it is nested more deeply or joins more
    /// lengths than rten's do: whoever names a dimension can write any.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader {
            rest: text,
            depth_left: DEPTH_MAX,
            operations_left: OPERATIONS_MAX,
        };
        let length = reader.difference()?;
        reader.rest.is_empty().then_some(length)
    }

    /// The value for the lengths of the open dimensions; none if one of the names is unknown. One
    /// that no number holds is the largest that there is.
    pub(super) fn value(&self, lengths: &HashMap<&str, i64>) -> Option<i64> {
        let (operation, sides) = match self {
            Self::Number(number) => return Some(*number),
            Self::Name(name) => return lengths.get(&**name).copied(),
            Self::Term(operation, sides) => (operation, sides),
        };
        let [left, right] = &**sides;
        let (left, right) = (left.value(lengths)?, right.value(lengths)?);
        Some(match operation {
            LengthOperation::Add => left.saturating_add(right),
            LengthOperation::Subtract => left.saturating_sub(right),
            LengthOperation::Multiply => left.saturating_mul(right),
            LengthOperation::Divide => left.checked_div(right)?,
            LengthOperation::DivideUp => {
                let rest = left.checked_rem(right)?;
                left.checked_div(right)?.saturating_add(i64::from(rest > 0))
            }
            LengthOperation::Largest => left.max(right),
            LengthOperation::Smallest => left.min(right),
        })
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth_left: usize,
    operations_left: usize,
}

/// A method for each level; what rten writes without parentheses binds in this order.
impl Reader<'_> {
    fn difference(&mut self) -> Option<Length> {
        self.depth_left = self.depth_left.checked_sub(1)?;
        let mut left = if self.takes("-") {
            let sum = self.sum()?;
            self.term(LengthOperation::Subtract, Length::Number(0), sum)?
        } else {
            self.sum()?
        };
        while self.takes(" - ") {
            let right = self.sum()?;
            left = self.term(LengthOperation::Subtract, left, right)?;
        }
        self.depth_left += 1;
        Some(left)
    }

    fn sum(&mut self) -> Option<Length> {
        let mut left = self.product()?;
        while self.takes(" + ") {
            let right = self.product()?;
            left = self.term(LengthOperation::Add, left, right)?;
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Length> {
        let mut left = self.quotient()?;
        while self.takes(" * ") {
            let right = self.quotient()?;
            left = self.term(LengthOperation::Multiply, left, right)?;
        }
        Some(left)
    }

    fn quotient(&mut self) -> Option<Length> {
        let mut left = self.atom()?;
        while self.takes(" / ") {
            let right = self.atom()?;
            left = self.term(LengthOperation::Divide, left, right)?;
        }
        Some(left)
    }

    fn atom(&mut self) -> Option<Length> {
        if self.takes("(") {
            let inner = self.difference()?;
            return self.takes(")").then_some(inner);
        }
        for (name, operation) in FUNCTIONS {
            if self.takes(name) {
                let left = self.difference()?;
                let right = self.takes(", ").then(|| self.difference())??;
                return self.takes(")").then(|| self.term(operation, left, right))?;
            }
        }
        let end = self.rest.find([' ', ',', '(', ')']);
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        match word.parse() {
            _ if word.is_empty() => None,
            Ok(number) => Some(Length::Number(number)),
            Err(_) => Some(Length::Name(word.to_owned())),
        }
    }

    fn term(&mut self, operation: LengthOperation, left: Length, right: Length) -> Option<Length> {
        self.operations_left = self.operations_left.checked_sub(1)?;
        Some(Length::Term(operation, Box::new([left, right])))
    }

    fn takes(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

/// One that is broadcast to another is as long as it, or 1.
const FUNCTIONS: [(&str, LengthOperation); 4] = [
    ("broadcast(", LengthOperation::Largest),
    ("ceil_div(", LengthOperation::DivideUp),
    ("max(", LengthOperation::Largest),
    ("min(", LengthOperation::Smallest),
];
/// rten infers no term of more than ten levels.
const DEPTH_MAX: usize = 32;
/// As many as ten levels have. A value is found by recursion, and `a - b - c` is a level more for each.
const OPERATIONS_MAX: usize = 1024;

#[cfg(test)]
mod tests;
