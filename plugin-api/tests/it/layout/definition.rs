//! One type as text: nothing in it depends on addresses or on the compiler.

use abi_stable::type_layout::{TLData, TLEnum, TLField, TLFunction, TypeLayout};
use plugin_api::abi::type_name;

/// What a type is called. The functions of every trait are behind types of the same few names: those belong to
/// what they are reached `within`.
pub(super) fn name(layout: &'static TypeLayout, within: &str) -> String {
    let object = within.rsplit(" of ").next().unwrap_or_default();
    match layout.name() {
        "VTable" => format!("functions of {object}"),
        generic @ ("RObject" | "PrefixRef") => format!("{generic} of {object}"),
        _ => type_name(layout),
    }
}

/// All about a type of the contract.
pub(super) fn paragraph(name: &str, layout: &'static TypeLayout) -> String {
    let (kind, lines) = match layout.data() {
        TLData::Enum(variants) => ("enum", variant_lines(&variants)),
        TLData::PrefixType(prefix) => {
            let first_suffix = usize::from(prefix.first_suffix_field);
            ("module", member_lines(layout, first_suffix))
        }
        _ => ("struct", member_lines(layout, usize::MAX)),
    };
    let zero = if layout.is_nonzero() {
        ", never zero"
    } else {
        ""
    };
    let repr = format!("{:?}", layout.repr_attr());
    format!(
        "{kind} {name}\n    repr {repr}, {}{zero}\n{lines}",
        facts(layout)
    )
}

/// A type of another package; the version of that package stands for its content.
pub(super) fn line(name: &str, layout: &'static TypeLayout) -> String {
    let (package, version) = layout.package_and_version();
    let version = if package.as_str() == "std" {
        String::new()
    } else {
        format!(" {version}")
    };
    format!("    {package}{version} {name}: {}\n", facts(layout))
}

fn facts(layout: &'static TypeLayout) -> String {
    let checks = layout.extra_checks().map(|checks| checks.to_string());
    let checks = checks.map_or_else(String::new, |checks| {
        let words: Vec<&str> = checks.split_whitespace().collect();
        format!(", {}", words.join(" "))
    });
    format!(
        "size {}, align {}{checks}",
        layout.size(),
        layout.alignment()
    )
}

/// The types that a type is made of.
pub(super) fn parts(layout: &'static TypeLayout) -> impl Iterator<Item = &'static TypeLayout> {
    let parts = layout.shared_vars().type_layouts().iter();
    parts.map(|part| part())
}

fn member_lines(layout: &'static TypeLayout, first_suffix: usize) -> String {
    let fields = layout.get_fields().into_iter().flatten().enumerate();
    let mut lines = String::new();
    for (index, field) in fields {
        let since = if index < first_suffix {
            ""
        } else {
            "(optional) "
        };
        lines.push_str(&format!("    {since}{}\n", member(&field)));
    }
    for field in layout.phantom_fields().iter() {
        lines.push_str(&format!("    phantom {}\n", member(&field)));
    }
    lines
}

fn variant_lines(variants: &TLEnum) -> String {
    let mut fields = variants.fields.iter();
    let mut lines = format!(
        "    {} discriminants {:?}\n",
        if variants.exhaustiveness.is_exhaustive() {
            "closed,"
        } else {
            "open,"
        },
        variants.discriminants
    );
    for (name, &count) in variants.variant_names_iter().zip(&*variants.field_count) {
        let members: Vec<_> = fields.by_ref().take(count.into()).collect();
        let members: Vec<_> = members.iter().map(member).collect();
        lines.push_str(&format!("    {name}({})\n", members.join(", ")));
    }
    lines
}

fn member(field: &TLField) -> String {
    let functions: Vec<_> = field.function_range().iter().map(signature).collect();
    let text = if field.is_function() {
        functions.concat()
    } else {
        let functions = functions.concat();
        format!("{}: {}{functions}", field.name(), type_name(field.layout()))
    };
    let lifetimes = field.lifetime_indices();
    if lifetimes.is_empty() {
        text
    } else {
        format!("{text} lifetimes {:?}", lifetimes.as_slice())
    }
}

fn signature(function: TLFunction) -> String {
    let names = function
        .param_names
        .split(';')
        .flat_map(|names| names.split(','));
    let types = function.param_type_layouts.iter();
    let parameters: Vec<_> = names
        .zip(types)
        .map(|(name, part)| format!("{name}: {}", type_name(part())))
        .collect();
    let returned = function.return_type_layout();
    let returned = returned.map_or_else(String::new, |part| format!(" -> {}", type_name(part())));
    let text = function.to_string();
    let qualifiers = text.split("fn(").next().unwrap_or_default();
    let lifetimes = function.paramret_lifetime_indices;
    let lifetimes = if lifetimes.is_empty() {
        String::new()
    } else {
        format!(" lifetimes {:?}", lifetimes.as_slice())
    };
    format!(
        "{qualifiers}fn {}({}){returned}{lifetimes}",
        function.name,
        parameters.join(", ")
    )
}
