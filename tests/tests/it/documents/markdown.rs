//! Parses the parts of Markdown that the checks need.

/// The lines outside of code blocks.
pub(super) fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The text between backticks in a line.
pub(super) fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The targets of the links in a line: of `[text](target)`.
pub(super) fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1);
    targets.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// The anchors of a document's headings, as GitHub derives them from the text.
pub(super) fn anchors(text: &str) -> impl Iterator<Item = String> {
    let title = |line| {
        let (marks, title): (&str, &str) = str::split_once(line, ' ')?;
        let is_heading = !marks.is_empty() && marks.chars().all(|mark| mark == '#');
        is_heading.then_some(title)
    };
    prose(text).filter_map(title).map(anchor)
}

fn anchor(title: &str) -> String {
    let is_kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let kept: String = title.to_lowercase().chars().filter(is_kept).collect();
    kept.trim().replace(' ', "-")
}
