//! The median of many measurements, and their spread.

#[cfg(test)]
mod tests;

/// Median and quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    /// Half of the values are smaller.
    pub(super) median: f64,
    /// A quarter of the values is smaller.
    pub(super) low: f64,
    /// A quarter of the values is larger.
    pub(super) high: f64,
}

impl Summary {
    /// Of at least one value, each a number.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            median: quantile(&sorted, 2)?,
            low: quantile(&sorted, 1)?,
            high: quantile(&sorted, 3)?,
        })
    }
}

/// The value at this many quarters of the sorted values, interpolated between two values.
fn quantile(sorted: &[f64], quarters: usize) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let (index, remainder) = (last * quarters / 4, last * quarters % 4);
    let low = *sorted.get(index)?;
    let high = sorted.get(index + 1).copied().unwrap_or(low);
    let share = [0.0, 0.25, 0.5, 0.75].get(remainder)?;
    Some((high - low).mul_add(*share, low))
}
