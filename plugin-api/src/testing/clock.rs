use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// A clock that a test controls: it stands still until the test moves it. Clones show the same time.
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

    /// A clock that shows this time.
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

    /// The time of the wall clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.with_hands(|hands| hands.wall)
    }

    /// The time that has passed since the clock was made; setting the wall clock does not change it.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.with_hands(|hands| hands.elapsed)
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        self.with_hands(|hands| {
            hands.wall += time;
            hands.elapsed += time;
        });
    }

    /// Sets the wall clock, forward or back; no time passes.
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
