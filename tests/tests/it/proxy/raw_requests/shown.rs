//! How requests are written into the table.

/// The lines of the request that all others are compared with.
pub(super) struct Shown {
    baseline: Vec<String>,
}

impl Shown {
    pub(super) fn new(baseline: &str) -> Self {
        let baseline = baseline.lines().map(without_id).collect();
        Self { baseline }
    }

    /// The whole request of the first row.
    pub(super) fn baseline(&self) -> String {
        let lines = self.baseline.iter();
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// What the upstream got, without the lines that it always gets.
    pub(super) fn received(&self, text: &str) -> String {
        if text.is_empty() {
            return "nothing".to_owned();
        }
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines: Vec<_> = head.lines().map(without_id).collect();
        let usual = &self.baseline[1..];
        let is_given = |line: &str| lines.iter().any(|given| name(given) == name(line));
        let missing = usual
            .iter()
            .filter(|line| !line.is_empty() && !is_given(line));
        let missing: Vec<_> = missing
            .map(|line| format!("without {}", code(name(line))))
            .collect();
        lines.retain(|line| !usual.contains(line));
        let mut shown: Vec<_> = lines.iter().map(|line| code(line)).collect();
        shown.extend(missing);
        if !body.is_empty() {
            shown.push(format!("body {}", code(&escape(body))));
        }
        shown.join("<br>")
    }
}

/// A request of the table.
pub(super) fn request(request: &str) -> String {
    let request = request.strip_suffix("\r\n\r\n").unwrap_or(request);
    let lines: Vec<_> = request.split_inclusive("\r\n").collect();
    let lines = lines
        .iter()
        .flat_map(|line| line.strip_suffix("\r\n").unwrap_or(line).split("\n"));
    let shown: Vec<_> = lines.map(|line| code(&escape(line))).collect();
    shown.join("<br>")
}

/// The name of a header field.
fn name(line: &str) -> &str {
    line.split(": ").next().unwrap_or(line)
}

/// The ids of requests are counted, and those of keys are hashes.
fn without_id(line: &str) -> String {
    for name in ["x-request-id", "x-token-principal"] {
        if let Some((given, _)) = line.split_once(": ")
            && given == name
        {
            return format!("{name}: ...");
        }
    }
    line.to_owned()
}

/// Code in a cell of a table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace('|', "\\|");
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// Characters that cannot be seen, as Rust writes them.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            ' '..='~' => escaped.push(character),
            _ => escaped.extend(character.escape_default()),
        }
    }
    escaped
}
