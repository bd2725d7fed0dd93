//! Checks on many threads at once.

use std::thread;

use plugin_api::{TokenType, Verdict};

use super::requests::{KINDS, Made};
use crate::plugin_tool::check::outcome::Outcome;
use crate::plugins::TokenPlugin;

const THREADS: usize = 8;
const CHECKS_EACH: usize = 4000;

/// Every thread gets the same verdicts as a single thread.
pub(super) fn run(token: &TokenPlugin, asked: &[Made]) -> Outcome {
    let of_all_kinds = |request| KINDS.map(|kind| (request, kind));
    let asked: Vec<_> = asked.iter().flat_map(of_all_kinds).collect();
    let alone: Vec<_> = asked
        .iter()
        .map(|(request, kind)| request.verdict(token, *kind))
        .collect();
    let ask = || differing(token, &asked, &alone);
    let differing: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(CHECKS_EACH))
            .sum()
    });
    let all = THREADS * CHECKS_EACH;
    if differing == 0 {
        Outcome::ok(format!("{all} in {THREADS} threads"))
    } else {
        Outcome::failed(format!(
            "{differing} of {all} in {THREADS} threads got another verdict than a single thread"
        ))
    }
}

fn differing(token: &TokenPlugin, asked: &[(&Made, TokenType)], alone: &[Verdict]) -> usize {
    asked
        .iter()
        .zip(alone)
        .cycle()
        .take(CHECKS_EACH)
        .filter(|((request, kind), verdict)| request.verdict(token, *kind) != **verdict)
        .count()
}
