//! The samples as a picture.

use std::{fmt::Write as _, fs::File, io::Write as _, path::Path};

use super::samples::{Sample, Samples};
use crate::error::{ErrorContext as _, TaskError};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 160.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 30.0;
/// From one diagram to the next.
const NEXT: f64 = HEIGHT + 60.0;

/// Writes an SVG with two diagrams: memory, and open files.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(samples: &Samples, file: &Path) -> Result<(), TaskError> {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        LEFT + WIDTH + 30.0,
        2.0 * NEXT + TOP
    );
    let memory = |sample: &Sample| sample.memory_kib as f64 / 1024.0;
    let files = |sample: &Sample| sample.open_files as f64;
    diagram(
        &mut svg,
        samples.taken(),
        TOP,
        "resident memory, MiB",
        memory,
    );
    diagram(&mut svg, samples.taken(), TOP + NEXT, "open files", files);
    svg.push_str("</svg>\n");
    File::create(file)
        .and_then(|mut created| created.write_all(svg.as_bytes()))
        .context(|| format!("writing {}", file.display()))
}

fn diagram(svg: &mut String, samples: &[Sample], top: f64, title: &str, value: fn(&Sample) -> f64) {
    let minutes = |sample: &Sample| sample.at.as_secs_f64() / 60.0;
    let duration = samples.last().map_or(0.0, minutes).max(f64::MIN_POSITIVE);
    // Space above the highest value.
    let highest = samples.iter().map(value).fold(1.0, f64::max) * 1.2;
    let bottom = top + HEIGHT;
    let mut points = String::new();
    for sample in samples {
        let x = (minutes(sample) / duration).mul_add(WIDTH, LEFT);
        let y = (value(sample) / highest).mul_add(-HEIGHT, bottom);
        // Writing to a string cannot fail.
        let _ = write!(points, "{x:.1},{y:.1} ");
    }
    let _ = write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\">{title}</text>\n\
         <path d=\"M{LEFT},{top} V{bottom} H{}\" fill=\"none\" stroke=\"black\"/>\n\
         <text x=\"{}\" y=\"{top}\" text-anchor=\"end\">{highest:.0}</text>\n\
         <text x=\"{}\" y=\"{bottom}\" text-anchor=\"end\">0</text>\n\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{duration:.0} minutes</text>\n\
         <polyline points=\"{points}\" fill=\"none\" stroke=\"steelblue\"/>\n",
        top - 8.0,
        LEFT + WIDTH,
        LEFT - 6.0,
        LEFT - 6.0,
        LEFT + WIDTH,
        bottom + 16.0,
    );
}
