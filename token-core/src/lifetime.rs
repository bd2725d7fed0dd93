//! How long a key is valid.

#[cfg(test)]
mod tests;

/// How long a management or inference key is valid from the moment it is made: more than 0 and at
/// most [`Lifetime::MAX_MINUTES`].
///
/// TorchServe: `token_expiration_min`, where a negative number means "always expired" and a value
/// that is not a number means 60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime {
    micros: i64,
}

impl Lifetime {
    /// The longest lifetime: 100 years of 365 days. No sum of it and a clock overflows.
    pub const MAX_MINUTES: f64 = 52_560_000.0;

    /// Accepts a number of minutes; fractions are allowed (0.25 is 15 seconds).
    ///
    /// # Errors
    /// [`InvalidLifetime`] unless the number is finite, greater than 0 and at most
    /// [`Lifetime::MAX_MINUTES`].
    pub fn from_minutes(minutes: f64) -> Result<Self, InvalidLifetime> {
        if !(minutes > 0.0 && minutes <= Self::MAX_MINUTES) {
            return Err(InvalidLifetime { minutes });
        }
        // At least one microsecond, the unit of time of this crate.
        let micros = (minutes * MICROS_PER_MINUTE).round().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number of at most 3.2e15, checked above"
        )]
        let micros = micros as i64;
        Ok(Self { micros })
    }

    /// The lifetime in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }
}

impl Default for Lifetime {
    /// 60 minutes, as in TorchServe.
    fn default() -> Self {
        Self {
            micros: 60 * 60_000_000,
        }
    }
}

/// A number of minutes that is not a lifetime.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "token lifetime of {minutes} minutes: expected a number above 0 and at most {}",
    Lifetime::MAX_MINUTES
)]
pub struct InvalidLifetime {
    minutes: f64,
}

const MICROS_PER_MINUTE: f64 = 60_000_000.0;
