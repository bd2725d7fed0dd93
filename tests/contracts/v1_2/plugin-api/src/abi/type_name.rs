use abi_stable::type_layout::{TLData, TLPrimitive, TypeLayout};

/// What a type is called in the source of a contract, such as `RResult<RawResponse, RawError>`: for messages.
///
/// A layout knows no type arguments; those of the standard and of abi_stable's types are read from what they are
/// made of.
#[must_use]
pub fn type_name(layout: &'static TypeLayout) -> String {
    let name = layout.name();
    if let Some(object) = name.strip_suffix("_TO") {
        return format!("{object}{}", owner(layout));
    }
    if !is_foreign(layout) {
        return name.to_owned();
    }
    match layout.data() {
        TLData::Primitive(TLPrimitive::SharedRef) => {
            let target = layout.phantom_fields().iter().next();
            let target = target.map(|field| type_name(field.layout()));
            format!("&{}", target.unwrap_or_default())
        }
        TLData::Enum(variants) if !variants.fields.is_empty() => {
            let fields = variants.fields.iter();
            let arguments: Vec<String> = fields.map(|field| type_name(field.layout())).collect();
            format!("{name}<{}>", arguments.join(", "))
        }
        TLData::Struct { fields } => {
            let marker = fields.iter().find(|field| field.name() == "_marker");
            let argument = marker.and_then(|field| field.layout().phantom_fields().iter().next());
            argument.map_or_else(
                || name.to_owned(),
                |field| {
                    let argument = type_name(field.layout());
                    format!("{name}<{}>", argument.trim_start_matches('&'))
                },
            )
        }
        _ => layout.full_type().to_string(),
    }
}

/// Whether it is a type of Rust or of abi_stable, and none that a contract defines.
#[must_use]
pub fn is_foreign(layout: &TypeLayout) -> bool {
    ["std", "abi_stable"].contains(&layout.package().as_str())
}

/// `Box` or `Ref`: whether a trait object is owned.
fn owner(object: &'static TypeLayout) -> &'static str {
    let mut layout = object;
    for name in ["obj", "ptr", "0"] {
        let mut fields = layout.get_fields().into_iter().flatten();
        match fields.find(|field| field.name() == name) {
            Some(field) => layout = field.layout(),
            None => return "",
        }
    }
    match layout.name() {
        "RBox" => "Box",
        "RRef" => "Ref",
        _ => "",
    }
}
