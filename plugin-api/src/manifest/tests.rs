use super::*;
use crate::Endpoint;

struct Quoted;

impl Endpoint for Quoted {
    const URL_PATTERN: &'static str = "a\"\\b";
    const ENDPOINT_TYPE: EndpointType = EndpointType::METRIC;
    const DESCRIPTION: &'static str = "";
    const METHODS: &'static [Method] = &[Method::GET, Method::DELETE];
}

#[test]
fn the_manifest_is_one_line_of_magic_and_one_json_object() {
    const MANIFEST: [u8; MANIFEST_BYTES] =
        render("demo", "1.2.3", &[ManifestEndpoint::of::<Quoted>()]);
    let text = std::str::from_utf8(&MANIFEST)
        .unwrap()
        .trim_end_matches('\0');
    let (magic, json) = text.split_once('\n').unwrap();
    assert_eq!(magic, MAGIC);
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["name"], "demo");
    assert_eq!(json["version"], "1.2.3");
    assert_eq!(json["contract"], env!("CARGO_PKG_VERSION"));
    assert!(json["compiler"].as_str().unwrap().starts_with("rustc 1."));
    assert_eq!(
        json["endpoints"],
        serde_json::json!([{"url_pattern": "a\"\\b", "type": "METRIC", "methods": ["GET", "DELETE"]}])
    );
}
