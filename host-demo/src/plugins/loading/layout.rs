//! Compares a plugin's types with the host's, and describes the difference in one line: where it
//! is, what the host has, what the plugin has.

use abi_stable::{
    abi_stability::abi_checking::{
        AbiInstability, AbiInstabilityError, AbiInstabilityErrors, CheckingGlobals, ExpectedFound,
        check_layout_compatibility_with_globals,
    },
    type_layout::{TLFieldOrFunction, TLFunction, TypeLayout},
};
use plugin_api::abi::is_foreign;

use self::{
    location::Location,
    members::{Members, ordinal},
};

mod location;
mod members;

/// Accepts a plugin that is older or newer than this host within the same contract: members are only
/// ever appended, so one of the two layouts is a prefix of the other.
///
/// Each check has its own globals, because with the shared ones the result depends on what was
/// loaded before.
///
/// # Errors
/// How the plugin differs from what the host expects.
pub(crate) fn check(
    host: &'static TypeLayout,
    plugin: &'static TypeLayout,
) -> Result<(), AbiInstabilityErrors> {
    let check = |expected, found| {
        check_layout_compatibility_with_globals(expected, found, &CheckingGlobals::new())
    };
    check(host, plugin).or_else(|errors| check(plugin, host).map_err(|_| errors))
}

/// The difference that explains most: a checker also reports its consequences, such as a size.
pub(crate) fn first_difference(errors: &AbiInstabilityErrors) -> String {
    let mut best: Option<(Weight, String)> = None;
    for error in &errors.errors {
        let location = Location::of(error, errors);
        for (weight, text) in error
            .errs
            .iter()
            .map(|what| explain(what, error, &location))
        {
            if best.as_ref().is_none_or(|(known, _)| weight > *known) {
                best = Some((weight, text));
            }
        }
    }
    best.map_or_else(|| "its types differ".to_owned(), |(_, text)| text)
}

/// How much a difference explains.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Weight {
    /// Follows from another difference.
    Consequence,
    /// An addition of a newer or older contract.
    Extension,
    /// Not visible in names and types.
    Other,
    /// Another function, field or type.
    Cause,
    /// Everything else follows from it.
    Version,
}

fn explain(
    what: &AbiInstability,
    error: &AbiInstabilityError,
    location: &Location<'_>,
) -> (Weight, String) {
    match what {
        AbiInstability::PackageVersion(versions) => {
            let package = location.types.expected.package();
            let ExpectedFound { expected, found } = versions;
            let text = format!("host {package} {expected}, plugin {package} {found}");
            (Weight::Version, text)
        }
        AbiInstability::UnexpectedField(_)
        | AbiInstability::FieldCountMismatch(_)
        | AbiInstability::TooManyVariants(_)
        | AbiInstability::UnexpectedVariant(_) => of_members(what, error, location),
        AbiInstability::Name(_)
        | AbiInstability::Package(_)
        | AbiInstability::MismatchedPrimitive(_)
        | AbiInstability::TLDataDiscriminant(_)
        | AbiInstability::GenericParamCount(_)
        | AbiInstability::MismatchedConstParam(_) => (Weight::Cause, location.types_differ()),
        AbiInstability::Size(sizes) => {
            let ExpectedFound { expected, found } = sizes;
            let name = location.type_name();
            let text = format!("{name}: host {expected} bytes, plugin {found} bytes");
            (Weight::Consequence, text)
        }
        AbiInstability::Alignment(_)
        | AbiInstability::NonZeroness(_)
        | AbiInstability::ReprAttr(_) => (
            Weight::Consequence,
            format!(
                "{}: host and plugin lay it out differently",
                location.type_name()
            ),
        ),
        AbiInstability::FnQualifierMismatch(functions) => {
            let ExpectedFound { expected, found } = functions;
            let name = expected.name;
            let text = format!("{name}: host {}, plugin {}", head(expected), head(found));
            (Weight::Cause, text)
        }
        AbiInstability::FnLifetimeMismatch(functions) => (
            Weight::Other,
            format!(
                "{}: host and plugin borrow differently",
                functions.expected.name
            ),
        ),
        AbiInstability::FieldLifetimeMismatch(fields) => (
            Weight::Other,
            format!(
                "{}.{}: host and plugin borrow differently",
                location.type_name(),
                fields.expected.name()
            ),
        ),
        AbiInstability::MismatchedPrefixSize(sizes) => {
            let ExpectedFound { expected, found } = sizes;
            let name = location.type_name();
            let text = format!("{name}: host {expected} fields of version 1.0, plugin {found}");
            (Weight::Other, text)
        }
        _ => (
            Weight::Other,
            format!("{}: the required traits differ", location.type_name()),
        ),
    }
}

/// A difference in the parameters of a function, or in the members of a type.
fn of_members(
    what: &AbiInstability,
    error: &AbiInstabilityError,
    location: &Location<'_>,
) -> (Weight, String) {
    let (within, host, plugin) = match error.stack_trace.last() {
        Some(ExpectedFound {
            expected: TLFieldOrFunction::Function(host),
            found: TLFieldOrFunction::Function(plugin),
        }) => (
            host.name.to_string(),
            Members::of_function(host),
            Members::of_function(plugin),
        ),
        _ if is_foreign(location.types.expected) => {
            return (Weight::Cause, location.types_differ());
        }
        _ => (
            location.type_name(),
            Members::of_type(location.types.expected),
            Members::of_type(location.types.found),
        ),
    };
    let is_extension = matches!(what, AbiInstability::FieldCountMismatch(_))
        && location.types.expected.is_prefix_kind()
        && host.begins_like(&plugin);
    let weight = if is_extension {
        Weight::Extension
    } else {
        Weight::Cause
    };
    let Some((index, expected, found)) = host.first_difference(&plugin) else {
        return (Weight::Other, location.types_differ());
    };
    let (nth, kind) = (ordinal(index), host.kind);
    (
        weight,
        format!("{within}: {nth} {kind}: host {expected}, plugin {found}"),
    )
}

/// A signature without its borrows.
fn head(function: &TLFunction) -> String {
    let text = function.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
