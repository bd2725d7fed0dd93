use super::Outcome;

fn outcome(lines: &[&str]) -> Outcome {
    let mut outcome = Outcome::default();
    for line in lines {
        outcome.read("server", line);
    }
    outcome
}

#[test]
fn lines_of_checks_are_counted_and_others_ignored() {
    let lines = [
        "ok a prediction",
        "FAILED a stream: late",
        "skipped a denial: needs the gateway",
        "okay",
        "loading ok",
        "",
    ];
    assert_eq!(outcome(&lines).to_string(), "1 passed, 1 failed, 1 skipped");
}

#[test]
fn without_skipped_checks_none_are_named() {
    assert_eq!(
        outcome(&["ok one", "ok two"]).to_string(),
        "2 passed, 0 failed"
    );
}

#[test]
fn those_of_several_rigs_are_added() {
    let mut total = outcome(&["ok one"]);
    total.add(outcome(&["ok one", "FAILED two: late"]));
    assert_eq!(total.to_string(), "2 passed, 1 failed");
    assert!(total.has_failed());
}
