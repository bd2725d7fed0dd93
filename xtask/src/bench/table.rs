//! The table, in Markdown.

use std::fmt;

use super::statistics::Summary;

#[cfg(test)]
mod tests;

/// Rows in the order they were added.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Row>);

#[derive(Debug)]
struct Row {
    what: String,
    value: String,
    goal: String,
}

/// The goal of a measurement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// No goal.
    None,
}

/// How numbers of one kind are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// Follows the number, with its space.
    pub(super) suffix: &'static str,
    /// Digits after the point.
    pub(super) digits: usize,
}

impl Table {
    /// Adds the summary of many measurements; without any, the row says so.
    pub(super) fn add(&mut self, what: &str, values: &[f64], unit: Unit, goal: Goal) {
        let Some(Summary { median, low, high }) = Summary::of(values) else {
            self.add_missing(what, goal.text(unit));
            return;
        };
        let value = format!(
            "{} ({} to {})",
            unit.write(median),
            number(low, unit.digits),
            number(high, unit.digits)
        );
        self.add_text(what, value, goal.judge(median, unit));
    }

    /// Adds one number that does not vary.
    pub(super) fn add_exact(&mut self, what: &str, value: Option<f64>, goal: Goal) {
        let unit = Unit {
            suffix: "",
            digits: 0,
        };
        match value {
            Some(value) => self.add_text(what, unit.write(value), goal.judge(value, unit)),
            None => self.add_missing(what, goal.text(unit)),
        }
    }

    fn add_missing(&mut self, what: &str, goal: String) {
        self.add_text(what, "not measured".to_owned(), goal);
    }

    fn add_text(&mut self, what: &str, value: String, goal: String) {
        self.0.push(Row {
            what: what.to_owned(),
            value,
            goal,
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("| what | measured | goal |\n| --- | --- | --- |\n")?;
        for Row { what, value, goal } in &self.0 {
            writeln!(formatter, "| {what} | {value} | {goal} |")?;
        }
        Ok(())
    }
}

impl Goal {
    fn judge(self, value: f64, unit: Unit) -> String {
        let is_met = match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
            Self::None => return String::new(),
        };
        let text = self.text(unit);
        if is_met {
            format!("{text}: met")
        } else {
            format!("{text}: **missed**")
        }
    }

    fn text(self, unit: Unit) -> String {
        match self {
            // A goal is a round number, which is written as it was set.
            Self::AtMost(limit) => format!("at most {limit}{}", unit.suffix),
            Self::AtLeast(limit) => format!("at least {limit}{}", unit.suffix),
            Self::None => String::new(),
        }
    }
}

impl Unit {
    fn write(self, value: f64) -> String {
        format!("{}{}", number(value, self.digits), self.suffix)
    }
}

/// With a comma after every three digits before the point.
fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.find('.').map_or((&*text, ""), |at| text.split_at(at));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}
