//! What libFuzzer prints about a run.

use std::fmt;

#[cfg(test)]
mod tests;

/// The last numbers of a run; 0 where there are none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Statistics {
    executions: u64,
    edges: u64,
    inputs: u64,
}

impl Statistics {
    /// From lines such as `#2097152 pulse cov: 341 ft: 902 corp: 67/1024b exec/s: 41120 rss: 98Mb`.
    pub(super) fn of(output: &str) -> Self {
        let mut statistics = Self::default();
        for line in output.lines() {
            let mut words = line.split_whitespace().peekable();
            let Some(executions) = words.next().and_then(|word| word.strip_prefix('#')) else {
                continue;
            };
            let Ok(executions) = executions.parse() else {
                continue;
            };
            statistics.executions = executions;
            while let Some(word) = words.next() {
                let number = |text: &str| text.split('/').next()?.parse().ok();
                let value = words.peek().and_then(|text| number(text));
                match (word, value) {
                    ("cov:", Some(edges)) => statistics.edges = edges,
                    ("corp:", Some(inputs)) => statistics.inputs = inputs,
                    _ => {}
                }
            }
        }
        statistics
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            executions,
            edges,
            inputs,
        } = self;
        write!(
            formatter,
            "{executions:>10} executions, {edges:>6} edges, {inputs:>5} inputs"
        )
    }
}
