//! A layout that does not match, told in one line.

use abi_stable::{
    abi_stability::abi_checking::{AbiInstability, AbiInstabilityError, AbiInstabilityErrors},
    type_layout::TLFieldOrFunction,
};

/// The innermost difference that was found first: where, what the host has, what the plugin has.
pub(super) fn first_difference(errors: &AbiInstabilityErrors) -> String {
    let all = errors.errors.iter().filter_map(describe);
    all.max_by_key(|(specific, _)| *specific)
        .map_or_else(|| "its types differ".to_owned(), |(_, text)| text)
}

/// The text and how specific it is.
fn describe(error: &AbiInstabilityError) -> Option<(u8, String)> {
    let place = error.stack_trace.iter().map(|frame| match frame.found {
        TLFieldOrFunction::Field(field) => field.name().to_owned(),
        TLFieldOrFunction::Function(function) => function.name.to_string(),
    });
    let place = place.collect::<Vec<_>>().join(".");
    let place = if place.is_empty() {
        "root module".to_owned()
    } else {
        place
    };
    let (specific, what) = error.errs.iter().map(explain).max_by_key(|found| found.0)?;
    Some((specific, format!("{place}: {what}")))
}

fn explain(difference: &AbiInstability) -> (u8, String) {
    match difference {
        AbiInstability::UnexpectedField(found) => (
            3,
            format!(
                "host {}: {}, plugin {}: {}",
                found.expected.name(),
                found.expected.full_type(),
                found.found.name(),
                found.found.full_type()
            ),
        ),
        AbiInstability::FieldCountMismatch(found) => (
            2,
            format!("host has {} fields, plugin {}", found.expected, found.found),
        ),
        AbiInstability::Size(found) => (
            1,
            format!("host has {} bytes, plugin {}", found.expected, found.found),
        ),
        AbiInstability::PackageVersion(found) => (
            4,
            format!(
                "host has contract {}, plugin {}",
                found.expected, found.found
            ),
        ),
        other => {
            let text: String = format!("{other:?}").chars().take(120).collect();
            (0, text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}
