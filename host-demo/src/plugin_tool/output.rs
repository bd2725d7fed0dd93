//! Standard output, for results only.

use std::io::{self, Write};

use serde::Serialize;

/// One JSON value, indented, and a line feed.
pub(super) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let mut output = io::stdout().lock();
    serde_json::to_writer_pretty(&mut output, value)?;
    writeln!(output)
}
