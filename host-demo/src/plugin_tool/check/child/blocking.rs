//! A check must not wait, in particular not for the generation of keys.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use plugin_api::TokenType;

use super::{headers::UNKNOWN, requests::Made};
use crate::plugin_tool::check::outcome::Outcome;
use crate::plugins::TokenPlugin;

/// A check that takes longer delays all connections of its thread.
const LIMIT: Duration = Duration::from_millis(10);
/// A faster check did not wait.
const WORTH_A_LOOK: Duration = Duration::from_micros(100);
/// A machine may be slow once; a plugin that blocks is slow each time.
const ROUNDS: usize = 3;
const CHECKS: usize = 20_000;
/// The minimum number of key generations meanwhile.
const GENERATIONS_MIN: usize = 3;
/// A round ends then, however slow the generation of keys is.
const ROUND_MAX: Duration = Duration::from_secs(3);

/// The time of checks while another thread generates keys repeatedly, if the plugin makes any.
pub(super) fn run(token: &TokenPlugin) -> Outcome {
    let mut round = Round::default();
    for _ in 0..ROUNDS {
        round = measure(token);
        if round.slowest <= LIMIT {
            return Outcome::ok(round.to_string());
        }
    }
    Outcome::failed(format!("{round}: expected at most {LIMIT:?}"))
}

#[derive(Debug, Default)]
struct Round {
    median: Duration,
    slowest: Duration,
    checks: usize,
    generations: usize,
}

impl std::fmt::Display for Round {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            median,
            slowest,
            checks,
            generations,
        } = self;
        write!(
            formatter,
            "median {median:.1?}, slowest {slowest:.1?} of {checks}"
        )?;
        match generations {
            0 => Ok(()),
            _ => write!(formatter, " while keys were made {generations} times"),
        }
    }
}

fn measure(token: &TokenPlugin) -> Round {
    let is_over = AtomicBool::new(false);
    let generations = AtomicUsize::new(0);
    let mut times = Vec::with_capacity(CHECKS);
    thread::scope(|scope| {
        scope.spawn(|| {
            while token.makes_keys() && !is_over.load(Ordering::Relaxed) {
                let _ = token.raw().generate_key_file(TokenType::TOKEN);
                generations.fetch_add(1, Ordering::Relaxed);
            }
        });
        let request = Made::with_authorization(&[&format!("Bearer {}", UNKNOWN[1])]);
        let processor = WaitForProcessor::of_this_thread();
        let begin = Instant::now();
        while times.len() < CHECKS
            || (token.makes_keys()
                && generations.load(Ordering::Relaxed) < GENERATIONS_MIN
                && times.len() < 10 * CHECKS)
        {
            if begin.elapsed() > ROUND_MAX {
                break;
            }
            times.push(processor.time_without(|| {
                let _ = request.verdict(token, TokenType::INFERENCE);
            }));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    times.sort_unstable();
    Round {
        median: times.get(times.len() / 2).copied().unwrap_or_default(),
        slowest: times.last().copied().unwrap_or_default(),
        checks: times.len(),
        generations: generations.into_inner(),
    }
}

/// How long a thread was ready to run and had no processor, which is not caused by the plugin.
/// Linux counts it; on other systems it stays in the time.
struct WaitForProcessor(Option<File>);

impl WaitForProcessor {
    fn of_this_thread() -> Self {
        Self(File::open("/proc/thread-self/schedstat").ok())
    }

    fn time_without(&self, work: impl FnOnce()) -> Duration {
        let waited_before = self.so_far();
        let begin = Instant::now();
        work();
        let time = begin.elapsed();
        if time < WORTH_A_LOOK {
            return time;
        }
        time.saturating_sub(self.so_far().saturating_sub(waited_before))
    }

    /// The second number of the file, in nanoseconds.
    fn so_far(&self) -> Duration {
        let mut bytes = [0; 64];
        let read = self
            .0
            .as_ref()
            .and_then(|file| file.read_at(&mut bytes, 0).ok());
        let text = read.and_then(|length| std::str::from_utf8(bytes.get(..length)?).ok());
        let number = text.and_then(|text| text.split_whitespace().nth(1)?.parse().ok());
        Duration::from_nanos(number.unwrap_or(0))
    }
}
