use super::Statistics;

#[test]
fn the_last_line_of_the_fuzzer_counts() {
    let output = "\
INFO: Seed: 2419\n\
#2\tINITED cov: 41 ft: 41 corp: 1/1b exec/s: 0 rss: 46Mb\n\
#31\tNEW    cov: 45 ft: 46 corp: 2/3b lim: 4 exec/s: 0 rss: 47Mb L: 2/2 MS: 1 CopyPart-\n\
#900\tDONE   cov: 45 ft: 60 corp: 7/31b lim: 11 exec/s: 450 rss: 48Mb\n\
Done 900 runs in 2 second(s)\n";
    assert_eq!(
        Statistics::of(output),
        Statistics {
            executions: 900,
            edges: 45,
            inputs: 7
        }
    );
    assert_eq!(Statistics::of("no fuzzer"), Statistics::default());
}
