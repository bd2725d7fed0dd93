use super::{Operator, longest_chain};

/// Operators from lines such as `a b -> c`.
fn chain(lines: &[&'static str]) -> usize {
    let names = |text: &'static str| text.split_whitespace().map(str::as_bytes).collect();
    let operators: Vec<_> = lines
        .iter()
        .map(|line| {
            let (inputs, outputs) = line.split_once("->").unwrap();
            Operator {
                inputs: names(inputs),
                outputs: names(outputs),
            }
        })
        .collect();
    longest_chain(&operators)
}

#[test]
fn the_longest_way_counts_in_any_order_of_the_operators() {
    assert_eq!(chain(&[]), 0);
    assert_eq!(chain(&["x -> a"]), 1);
    assert_eq!(chain(&["x -> a", "x -> b", "x -> c"]), 1);
    assert_eq!(chain(&["x -> a", "a -> b", "b -> c"]), 3);
    assert_eq!(chain(&["b -> c", "a -> b", "x -> a"]), 3);
    assert_eq!(chain(&["x -> a", "a -> b", "a x -> c", "c b -> d"]), 3);
    assert_eq!(chain(&["x -> a b", "a a b -> c", "c -> d"]), 3);
}

#[test]
fn operators_in_a_circle_count_with_all_that_need_them() {
    assert_eq!(chain(&["a -> a"]), 1);
    assert_eq!(chain(&["b -> a", "a -> b", "b -> c", "x -> d"]), 4);
}

/// In a test thread, whose stack is that of the standard library.
#[test]
fn a_chain_of_a_million_operators_needs_no_stack() {
    let names: Vec<_> = (0..=1_000_000_u32).map(u32::to_be_bytes).collect();
    let operators: Vec<_> = names
        .windows(2)
        .map(|pair| Operator {
            inputs: vec![&pair[0][..]],
            outputs: vec![&pair[1][..]],
        })
        .collect();
    assert_eq!(longest_chain(&operators), 1_000_000);
}
