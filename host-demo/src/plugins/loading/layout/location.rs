//! Where in the contract a difference is.

use std::iter;

use abi_stable::{
    abi_stability::abi_checking::{AbiInstabilityError, AbiInstabilityErrors, ExpectedFound},
    type_layout::{TLField, TLFieldOrFunction, TLFunction, TypeLayout},
};
use plugin_api::abi::{is_foreign, type_name};

use super::members::{ordinal, parameter_index};

/// The types that differ, and the path to them.
pub(super) struct Location<'a> {
    /// What the checker compared when it found the difference.
    pub(super) types: ExpectedFound<&'static TypeLayout>,
    error: &'a AbiInstabilityError,
    errors: &'a AbiInstabilityErrors,
}

impl<'a> Location<'a> {
    pub(super) fn of(error: &'a AbiInstabilityError, errors: &'a AbiInstabilityErrors) -> Self {
        let root = ExpectedFound {
            expected: errors.interface,
            found: errors.implementation,
        };
        let types = enclosing(error, errors).next().unwrap_or(root);
        Self {
            types,
            error,
            errors,
        }
    }

    /// The name of the type that differs, or of the one of the contract that has it inside. The functions of a trait
    /// belong to the trait's own name.
    pub(super) fn type_name(&self) -> String {
        let types = enclosing(self.error, self.errors).map(|types| types.expected);
        let mut own = types.filter(|layout| !is_foreign(layout));
        match own.next() {
            Some(layout) if layout.name() == "VTable" => {
                let object = own.find_map(|layout| layout.name().strip_suffix("_TO"));
                object.map_or_else(|| type_name(layout), str::to_owned)
            }
            Some(layout) => type_name(layout),
            None => ROOT.to_owned(),
        }
    }

    /// The innermost function or field of the contract, and its types.
    ///
    /// A difference within a type of abi_stable, such as an `RVec`, is described by the field that
    /// has this type.
    pub(super) fn types_differ(&self) -> String {
        let frames = self.error.stack_trace.as_slice();
        for (index, frame) in frames.iter().enumerate().rev() {
            let (TLFieldOrFunction::Field(host), TLFieldOrFunction::Field(plugin)) =
                (frame.expected, frame.found)
            else {
                continue;
            };
            let before = index.checked_sub(1).and_then(|index| frames.get(index));
            let location = match before.map(|frame| frame.expected) {
                Some(TLFieldOrFunction::Function(function)) => in_signature(&function, &host),
                Some(TLFieldOrFunction::Field(field))
                    if is_declared_by_contract(field.layout()) =>
                {
                    format!("{}.{}", type_name(field.layout()), host.name())
                }
                _ => continue,
            };
            let (host, plugin) = (host.layout(), plugin.layout());
            return format!("{location}: {}", both(host, plugin));
        }
        format!("{ROOT}: {}", both(self.types.expected, self.types.found))
    }
}

/// The start of the comparison.
const ROOT: &str = "root module";

/// The types that contain the difference, from the innermost to the outermost.
fn enclosing<'a>(
    error: &'a AbiInstabilityError,
    errors: &AbiInstabilityErrors,
) -> impl Iterator<Item = ExpectedFound<&'static TypeLayout>> + use<'a> {
    let root = ExpectedFound {
        expected: errors.interface,
        found: errors.implementation,
    };
    let frames = error.stack_trace.iter().rev();
    frames
        .filter_map(|frame| match (frame.expected, frame.found) {
            (TLFieldOrFunction::Field(host), TLFieldOrFunction::Field(plugin)) => {
                Some(ExpectedFound {
                    expected: host.layout(),
                    found: plugin.layout(),
                })
            }
            _ => None,
        })
        .chain(iter::once(root))
}

/// Whether its fields are declared by the contract.
fn is_declared_by_contract(layout: &'static TypeLayout) -> bool {
    !is_foreign(layout) && layout.name() != "VTable" && !layout.name().ends_with("_TO")
}

fn in_signature(function: &TLFunction, part: &TLField) -> String {
    parameter_index(function, part.name()).map_or_else(
        || format!("{}: result", function.name),
        |index| format!("{}: {} parameter", function.name, ordinal(index)),
    )
}

fn both(host: &'static TypeLayout, plugin: &'static TypeLayout) -> String {
    let (host_name, plugin_name) = (type_name(host), type_name(plugin));
    if host_name == plugin_name {
        let (host, plugin) = (host.package(), plugin.package());
        format!("host {host_name} of {host}, plugin {plugin_name} of {plugin}")
    } else {
        format!("host {host_name}, plugin {plugin_name}")
    }
}
