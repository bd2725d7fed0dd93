use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// Time that stands still until a test moves it. Clones tell the same time.
///
/// A plugin that can be tested over an hour takes its time from a function instead of from
/// [`SystemTime::now`], and a test passes this clock in:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use plugin_api::testing::TestClock;
///
/// struct Key {
///     ends: SystemTime,
/// }
///
/// impl Key {
///     fn new(now: impl Fn() -> SystemTime) -> Self {
///         Self { ends: now() + Duration::from_secs(60) }
///     }
///
///     fn is_valid(&self, now: impl Fn() -> SystemTime) -> bool {
///         now() < self.ends
///     }
/// }
///
/// let clock = TestClock::new();
/// let key = Key::new(|| clock.now());
/// clock.advance(Duration::from_millis(59_999));
/// assert!(key.is_valid(|| clock.now()));
/// clock.advance(Duration::from_millis(1));
/// assert!(!key.is_valid(|| clock.now()));
/// ```
///
/// # Since
/// 1.0
#[derive(Clone, Debug)]
pub struct TestClock {
    hands: Arc<Mutex<Hands>>,
}

#[derive(Clone, Copy, Debug)]
struct Hands {
    wall: SystemTime,
    elapsed: Duration,
}

impl TestClock {
    /// 2024-02-16T20:12:24Z.
    #[must_use]
    pub fn new() -> Self {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_708_114_344))
    }

    /// At a time of one's own.
    #[must_use]
    pub fn at(wall: SystemTime) -> Self {
        let hands = Hands {
            wall,
            elapsed: Duration::ZERO,
        };
        Self {
            hands: Arc::new(Mutex::new(hands)),
        }
    }

    /// What the wall clock shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.with_hands(|hands| hands.wall)
    }

    /// How much time went by since the clock was made, whatever was done to the wall clock.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.with_hands(|hands| hands.elapsed)
    }

    /// Time goes by.
    pub fn advance(&self, time: Duration) {
        self.with_hands(|hands| {
            hands.wall += time;
            hands.elapsed += time;
        });
    }

    /// Somebody sets the wall clock, forward or back; no time goes by.
    pub fn set(&self, wall: SystemTime) {
        self.with_hands(|hands| hands.wall = wall);
    }

    fn with_hands<T>(&self, work: impl FnOnce(&mut Hands) -> T) -> T {
        work(&mut self.hands.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}
