use std::collections::{BTreeMap, BTreeSet};

use abi_stable::{
    StableAbi,
    std_types::utypeid::UTypeId,
    type_layout::{TLData, TLField, TLFunction, TypeLayout},
};

use super::PluginModuleRef;

/// What of 1.x never changes: names, types and order. What 1.x appends is appended here as well.
const LAYOUT: &str = include_str!("layout.txt");

/// The types of this crate that can be reached from the root module.
#[derive(Default)]
struct Contract {
    seen: BTreeSet<UTypeId>,
    types: BTreeMap<String, Vec<String>>,
}

impl Contract {
    fn add(&mut self, layout: &'static TypeLayout) {
        if !self.seen.insert(layout.get_utypeid()) {
            return;
        }
        let fields = layout.get_fields().map(|fields| fields.to_vec());
        let fields = fields.unwrap_or_default();
        if layout.package().as_str() == env!("CARGO_PKG_NAME") {
            let path = layout.mod_path().to_string();
            let place = path.rsplit("::").next().unwrap_or_default();
            let title = format!("{place}::{}", name(layout));
            self.types.insert(title, describe(layout, &fields));
        }
        for parameter in layout.generics().type_params() {
            self.add(parameter());
        }
        for field in fields.iter().chain(&layout.phantom_fields().to_vec()) {
            self.add(field.layout());
            for function in field.function_range().iter() {
                for parameter in function.param_type_layouts.iter() {
                    self.add(parameter());
                }
                if let Some(returned) = function.return_type_layout() {
                    self.add(returned());
                }
            }
        }
    }
}

/// The name, and the types in it where it is one of abi_stable's containers, such as
/// `ROption<RawSetting>`.
fn name(layout: &TypeLayout) -> String {
    let fields = layout.get_fields().map(|fields| fields.to_vec());
    let fields = fields.unwrap_or_default();
    let mut inner: Vec<_> = layout
        .generics()
        .type_params()
        .iter()
        .map(|inner| name(inner()))
        .collect();
    if inner.is_empty() {
        let holding = match (layout.data(), layout.name()) {
            (TLData::Enum(_), _) => fields.as_slice(),
            (_, "RSlice" | "RVec") => fields.get(..1).unwrap_or_default(),
            _ => &[],
        };
        inner.extend(holding.iter().map(|field| name(field.layout())));
    }
    if inner.is_empty() {
        layout.name().to_owned()
    } else {
        format!("{}<{}>", layout.name(), inner.join(", "))
    }
}

fn describe(layout: &TypeLayout, fields: &[TLField]) -> Vec<String> {
    let what = match layout.data() {
        TLData::PrefixType(prefix) => {
            format!("grows behind the first {}", prefix.first_suffix_field)
        }
        TLData::Enum(variants) => {
            let names: Vec<_> = variants.variant_names_iter().collect();
            format!("one of {}", names.join(", "))
        }
        _ => format!("{} bytes", layout.size()),
    };
    let fields = fields.iter().map(|field| {
        let functions: Vec<_> = field.function_range().iter().collect();
        match functions.as_slice() {
            [] => format!("{}: {}", field.name(), name(field.layout())),
            several => {
                let several: Vec<_> = several.iter().map(signature).collect();
                format!("{}: {}", field.name(), several.join("; "))
            }
        }
    });
    [what].into_iter().chain(fields).collect()
}

fn signature(function: &TLFunction) -> String {
    let parameters = function.param_type_layouts.iter();
    let types: Vec<_> = parameters.map(|parameter| name(parameter())).collect();
    let returned = function
        .return_type_layout()
        .map_or_else(|| "()".to_owned(), |returned| name(returned()));
    let names = function.param_names.as_str().trim_end_matches(',');
    format!("fn({names}: {}) -> {returned}", types.join(", "))
}

#[cfg(target_pointer_width = "64")]
#[test]
fn what_crosses_the_boundary_is_what_it_was() {
    let mut contract = Contract::default();
    contract.add(<PluginModuleRef as StableAbi>::LAYOUT);
    let types = contract.types.iter();
    let found: String = types
        .map(|(title, lines)| format!("{title}\n  {}\n", lines.join("\n  ")))
        .collect();
    assert!(
        found == LAYOUT,
        "the contract changed; docs/abi.md says what may. src/abi/layout.txt would be\n{found}"
    );
}
