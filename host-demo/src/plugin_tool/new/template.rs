//! The files of a new crate.

use super::{dependency::PluginApi, name::CrateName};
use crate::cli::PluginKind;

/// One file of a template.
macro_rules! template {
    ($file:literal) => {
        include_str!(concat!("../../../templates/", $file))
    };
}

const MANIFEST: &str = template!("Cargo.toml.in");
const IGNORED: &str = template!("gitignore");

const ENDPOINT: [(&str, &str); 2] = [
    ("src/lib.rs", template!("endpoint/src/lib.rs")),
    ("src/tests.rs", template!("endpoint/src/tests.rs")),
];

const TOKEN: [(&str, &str); 8] = [
    ("src/authorizer.rs", template!("token/src/authorizer.rs")),
    ("src/key.rs", template!("token/src/key.rs")),
    ("src/key_file.rs", template!("token/src/key_file.rs")),
    ("src/keyring.rs", template!("token/src/keyring.rs")),
    ("src/lib.rs", template!("token/src/lib.rs")),
    ("src/succession.rs", template!("token/src/succession.rs")),
    ("src/tests.rs", template!("token/src/tests.rs")),
    (
        "src/token_endpoint.rs",
        template!("token/src/token_endpoint.rs"),
    ),
];

/// The dependencies of the token template besides the contract, as in `Cargo.toml`: first at run
/// time, then in its tests.
const TOKEN_DEPENDENCIES: [&[(&str, &str)]; 2] = [
    &[
        ("arc-swap", r#""1.9""#),
        ("getrandom", r#""0.4""#),
        ("sha2", r#"{ version = "0.11", default-features = false }"#),
        ("subtle", r#""2.6""#),
    ],
    &[("tempfile", r#""3.27""#)],
];

/// Each file's path and text.
pub(super) fn files(
    kind: PluginKind,
    name: &CrateName,
    plugin_api: &PluginApi,
) -> Vec<(&'static str, String)> {
    let (sources, dependencies): (&[_], _) = match kind {
        PluginKind::Endpoint => (&ENDPOINT, [&[][..], &[]]),
        PluginKind::Token => (&TOKEN, TOKEN_DEPENDENCIES),
    };
    let [normal, for_tests] = dependencies;
    let manifest = MANIFEST
        .replace("{{name}}", name.as_str())
        .replace("{{dependencies}}", &lines(&plugin_api.to_toml(""), normal))
        .replace(
            "{{dev-dependencies}}",
            &lines(&plugin_api.to_toml(", features = [\"testing\"]"), for_tests),
        );
    let mut files = vec![("Cargo.toml", manifest), (".gitignore", IGNORED.to_owned())];
    for &(path, text) in sources {
        files.push((path, text.replace("{{name}}", name.as_str())));
    }
    files
}

/// The dependencies in the order of their names.
fn lines(plugin_api: &str, others: &[(&str, &str)]) -> String {
    let mut lines: Vec<_> = others
        .iter()
        .map(|(name, version)| format!("{name} = {version}\n"))
        .collect();
    lines.push(format!("plugin-api = {plugin_api}\n"));
    lines.sort();
    lines.concat()
}
