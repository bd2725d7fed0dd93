use abi_stable::type_layout::{TLData, TLPrimitive, TypeLayout};

/// What a type of the contract is called in its source, such as `RResult<RawResponse, RawError>`: for messages.
///
/// A layout itself knows no type arguments; they are read from what the type is made of.
#[must_use]
pub fn type_name(layout: &'static TypeLayout) -> String {
    let parts = || layout.get_fields().into_iter().flatten();
    let phantoms = || layout.phantom_fields().iter();
    let name = layout.name();
    if let Some(object) = name.strip_suffix("_TO") {
        return format!("{object}{}", owner(layout));
    }
    match layout.data() {
        TLData::Primitive(TLPrimitive::SharedRef) => phantoms().next().map_or_else(
            || name.to_owned(),
            |field| format!("&{}", type_name(field.layout())),
        ),
        TLData::Enum(_) if parts().next().is_some() => {
            let arguments: Vec<String> = parts().map(|field| type_name(field.layout())).collect();
            format!("{name}<{}>", arguments.join(", "))
        }
        TLData::Struct { .. } => {
            let marker = parts().find(|field| field.name() == "_marker");
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
