//! Files that import one another, however far around.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Import;

/// The groups of files in each of which every file reaches every other one by its imports.
pub(super) fn circles(imports: &BTreeSet<Import>) -> BTreeSet<BTreeSet<&str>> {
    let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for import in imports {
        graph.entry(&import.from).or_default().insert(&import.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph
        .keys()
        .map(|file| (*file, reachable(&graph, file)))
        .collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|found| found.contains(to));
    graph
        .keys()
        .filter(|file| reaches(file, file))
        .map(|file| {
            let others = graph.keys().copied();
            others
                .filter(|other| reaches(file, other) && reaches(other, file))
                .collect()
        })
        .collect()
}

fn reachable<'f>(graph: &BTreeMap<&str, BTreeSet<&'f str>>, file: &str) -> BTreeSet<&'f str> {
    let mut found = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        for next in graph.get(file).into_iter().flatten() {
            if found.insert(*next) {
                open.push(next);
            }
        }
    }
    found
}
