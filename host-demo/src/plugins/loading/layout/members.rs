//! The members of a type or a signature, as far as messages name them.

use abi_stable::type_layout::{TLData, TLFunction, TypeLayout};
use plugin_api::abi::type_name;

/// Parameters, fields, functions or variants in their order.
#[derive(Debug)]
pub(super) struct Members {
    /// The name of a member.
    pub(super) kind: &'static str,
    texts: Vec<String>,
}

impl Members {
    /// The parameters of a function except `self`. Those of a trait's methods have no names.
    pub(super) fn of_function(function: &TLFunction) -> Self {
        let types = function.param_type_layouts.iter();
        let parameters = parameter_names(function).zip(types);
        let texts = parameters
            .filter(|(name, _)| *name != SELF)
            .map(|(name, part)| {
                let type_name = type_name(part());
                if name.starts_with(GENERATED) {
                    type_name
                } else {
                    format!("{name}: {type_name}")
                }
            });
        Self {
            kind: "parameter",
            texts: texts.collect(),
        }
    }

    pub(super) fn of_type(layout: &'static TypeLayout) -> Self {
        let (kind, texts) = match layout.data() {
            TLData::Enum(variants) => {
                let names = variants.variant_names_iter();
                ("variant", names.map(str::to_owned).collect())
            }
            TLData::PrefixType(prefix) => {
                let fields = prefix.fields.iter();
                let fields = fields.filter(|field| !field.name().starts_with("_sabi"));
                let names = fields.map(|field| field.name().to_owned());
                let kind = if layout.name() == "VTable" {
                    "function"
                } else {
                    "field"
                };
                (kind, names.collect())
            }
            _ => {
                let fields = layout.get_fields().into_iter().flatten();
                let text = |name, part| format!("{name}: {}", type_name(part));
                let texts = fields.map(|field| text(field.name(), field.layout()));
                ("field", texts.collect())
            }
        };
        Self { kind, texts }
    }

    /// The position of the first difference, and the members at it on both sides.
    pub(super) fn first_difference<'a>(
        &'a self,
        other: &'a Self,
    ) -> Option<(usize, &'a str, &'a str)> {
        let at = |members: &'a Self, index: usize| {
            let text = members.texts.get(index).map(String::as_str);
            text.unwrap_or("none")
        };
        let length = self.texts.len().max(other.texts.len());
        (0..length)
            .map(|index| (index, at(self, index), at(other, index)))
            .find(|(_, this, other)| this != other)
    }

    /// Whether one is a prefix of the other.
    pub(super) fn begins_like(&self, other: &Self) -> bool {
        self.texts
            .iter()
            .zip(&other.texts)
            .all(|(this, other)| this == other)
    }
}

/// The position of a parameter, not counting `self`; nothing for the result.
///
/// The checker identifies the first parameter by the names of all, and any later one by its
/// position.
pub(super) fn parameter_index(function: &TLFunction, name: &str) -> Option<usize> {
    let position = if name == function.param_names.as_str() {
        0
    } else {
        name.strip_prefix(GENERATED)?.parse::<usize>().ok()?
    };
    let is_method = parameter_names(function).next() == Some(SELF);
    Some(position.saturating_sub(usize::from(is_method)))
}

fn parameter_names(function: &TLFunction) -> impl Iterator<Item = &'static str> {
    let names = function.param_names.as_str();
    names.split([';', ',']).filter(|name| !name.is_empty())
}

/// 1st for 0, and so on.
pub(super) fn ordinal(index: usize) -> String {
    match index {
        0 => "1st".to_owned(),
        1 => "2nd".to_owned(),
        2 => "3rd".to_owned(),
        other => format!("{}th", other.saturating_add(1)),
    }
}

/// The name of `self` in the layout of a trait's method.
const SELF: &str = "_self";

/// The name of any other parameter.
const GENERATED: &str = "param_";
