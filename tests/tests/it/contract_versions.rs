//! Plugins of other contracts: older and newer ones of 1.x serve, any other is refused in one line.

use std::process::Command;

use integration_tests::{
    Host, HostBuilder, PluginFolder,
    contract::{self, Variant},
    get, post,
};

use crate::{expect::is_denied, metrics::sample};

fn host_with(variant: &Variant) -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with_library(&contract::library(variant)))
}

/// Everything that the fixture does, with a key of each kind.
#[track_caller]
fn assert_serves(variant: &Variant) {
    let mut host = host_with(variant)
        .property("contract_greeting", "good morning")
        .models("digits=digits.onnx")
        .start();

    assert!(is_denied(&host.management(&get("/models"))));
    assert!(is_denied(
        &host.management(&get("/models").key("inference-key"))
    ));
    assert_eq!(
        host.management(&get("/models").key("management-key"))
            .status,
        200
    );

    let mirror = post("/mirror?a=b")
        .header("X-Mirror", "header")
        .body("body");
    assert!(is_denied(&host.inference(&mirror)));
    let response = host.inference(&mirror.key("inference-key"));
    assert_eq!(
        (response.status, response.text()),
        (
            200,
            "POST /mirror a=b header body 127.0.0.1 [digits true] good morning"
        )
    );
    assert_eq!(response.header("x-contract"), Some("1.0"));
    let refused = host.inference(&get("/mirror").key("inference-key"));
    assert_eq!(
        (refused.status, refused.header("allow")),
        (405, Some("POST"))
    );

    let failed = host.management(&get("/token").key("api-key"));
    assert_eq!(failed.status, 500);
    assert!(
        failed.text().contains("the keys are fixed"),
        "{}",
        failed.text()
    );

    assert!(host.stop().success());
    for line in ["opened, greeting good morning", "told of the shutdown"] {
        assert_eq!(
            host.log().lines_with(line).len(),
            1,
            "{}",
            host.log().text()
        );
    }
}

/// The line of the refusal, after the library's name.
fn refusal(variant: &Variant) -> String {
    let refusal = host_with(variant).refused();
    let line = refusal.line();
    let (_, line) = line
        .split_once("libcontract_plugin_")
        .unwrap_or_else(|| panic!("{line}"));
    line.to_owned()
}

/// A plugin of contract 1.0 serves in the current host.
#[test]
fn a_plugin_of_1_0_serves() {
    assert_serves(&Variant::V1_0);
}

/// What 1.1 added, in the current host.
#[track_caller]
fn assert_serves_1_1(host: &mut Host) {
    let manage = |key: &str| host.management(&get("/models").key(key)).status;
    assert_eq!(manage("management-key"), 200);
    assert_eq!(manage("inference-key"), 400);
    assert_eq!(manage("unknown"), 400);
    assert!(is_denied(&host.management(&get("/models"))));

    let whoami = get("/whoami").header("x-mirror", "header");
    let response = host.inference(&whoami.key("inference-key"));
    assert_eq!(
        (response.status, response.text()),
        (200, "key Some(2), header")
    );

    // By the model in the path: a key for one model is valid for no other, nor for paths without a
    // model.
    let predict = |model: &str, key: &str| {
        let request = post(&format!("/predictions/{model}"));
        host.inference(&request.body("no image").key(key))
    };
    assert!(is_denied(&host.inference(&get("/ping").key("digits-key"))));
    assert!(is_denied(&predict("letters", "digits-key")));
    assert!(!is_denied(&predict("digits", "digits-key")));

    let limited = host.inference(&get("/ping").key("tired-key"));
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (429, Some("30"))
    );

    assert_eq!(host.metrics(&get("/ready")).status, 200);
    let metrics = host.metrics(&get("/metrics")).text().to_owned();
    assert!(
        metrics.contains("_checks_total{round=\"first\"}"),
        "{metrics}"
    );

    // No endpoint `token`, because it makes no keys.
    assert_eq!(
        host.management(&get("/token").key("management-key")).status,
        404
    );
}

#[test]
fn a_plugin_of_1_1_keeps_the_server_unready() {
    let host = host_with(&Variant::V1_1)
        .property("contract_ready", "false")
        .start();
    let response = host.metrics(&get("/ready"));
    assert_eq!(response.status, 503);
    assert!(
        response
            .text()
            .contains("contract_plugin_v1_1: contract_ready is not true"),
        "{response:?}"
    );
}

#[test]
fn a_plugin_of_1_1_serves_and_uses_what_it_added() {
    let mut host = host_with(&Variant::V1_1)
        .models("digits=digits.onnx")
        .start();
    assert_serves_1_1(&mut host);
    assert!(host.stop().success());
    let log = host.log();
    for line in [
        "audit - contract_plugin_v1_1: opened keys=\"four of them\" by=\"the fixture\"",
        "Loading token plugin contract_plugin_v1_1, which makes no keys",
        "Loading plugin for endpoint whoami",
    ] {
        assert_eq!(log.lines_with(line).len(), 1, "{line}\n{}", log.text());
    }
    assert!(!log.text().contains("endpoint token"), "{}", log.text());
}

/// What 1.2 added is counted, and the client sees no difference.
#[test]
fn a_plugin_of_1_2_serves_and_tells_expired_keys_apart() {
    let mut host = host_with(&Variant::V1_2)
        .models("digits=digits.onnx")
        .start();
    assert_serves_1_1(&mut host);
    assert!(is_denied(&host.inference(&get("/ping").key("expired-key"))));
    let expired = r#"host_demo_token_checks_total{kind="inference",verdict="expired"}"#;
    assert!((sample(&host, expired) - 1.0).abs() < f64::EPSILON);
}

/// A plugin of a newer 1.x serves in an older host, without the functions that the host lacks.
#[test]
fn a_plugin_of_1_3_serves_without_what_the_host_lacks() {
    let mut host = host_with(&Variant::V1_3)
        .models("digits=digits.onnx")
        .start();
    assert_serves_1_1(&mut host);
    assert_eq!(
        host.log().lines_with("the host is older than 1.3").len(),
        1,
        "{}",
        host.log().text()
    );
}

/// The limit of a key is unknown there, so it is denied; and what the plugin audits is a line of
/// the log.
#[test]
fn a_plugin_of_1_1_in_a_host_of_1_0_denies_where_it_must() {
    let output = Command::new(contract::host_of_1_0())
        .arg(contract::library(&Variant::V1_1))
        .args(["management", "management-key"])
        .args(["management", "inference-key"])
        .args(["inference", "inference-key"])
        .args(["inference", "digits-key"])
        .args(["inference", "tired-key"])
        .args(["token", "management-key"])
        .output()
        .expect("the host of 1.0 runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .collect::<Vec<_>>(),
        [
            "log 3 audit: opened keys=\"four of them\" by=\"the fixture\"",
            "endpoints 1",
            "set_time Ok(())",
            "generate_key_file Ok(())",
            "management management-key: true",
            "management inference-key: false",
            "inference inference-key: true",
            "inference digits-key: false",
            "inference tired-key: false",
            "token management-key: false",
        ]
    );
}

/// It does not know the verdict for an expired key.
#[test]
fn a_plugin_of_1_2_in_a_host_of_1_0_denies_an_expired_key() {
    let output = Command::new(contract::host_of_1_0())
        .arg(contract::library(&Variant::V1_2))
        .args(["inference", "expired-key"])
        .args(["inference", "inference-key"])
        .output()
        .expect("the host of 1.0 runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let lines = String::from_utf8_lossy(&output.stdout);
    let checks: Vec<_> = lines
        .lines()
        .filter(|line| line.contains("-key: "))
        .collect();
    assert_eq!(
        checks,
        [
            "inference expired-key: false",
            "inference inference-key: true"
        ]
    );
}

/// An endpoint of a type that the host cannot route is refused because of its manifest.
#[test]
fn a_plugin_with_a_type_or_a_method_of_a_later_contract_is_refused() {
    for (variant, expected) in [
        (
            Variant::NEW_ENDPOINT_TYPE,
            "is of type ADMIN, which a host of contract 1.2.0 does not serve: expected INFERENCE, MANAGEMENT or METRIC",
        ),
        (
            Variant::NEW_METHOD,
            "lists the method PATCH, which a host of contract 1.2.0 does not serve: expected GET, POST, PUT or DELETE",
        ),
    ] {
        assert_eq!(
            refusal(&variant),
            format!("{}.so: endpoint \"mirror\" {expected}", variant.name)
        );
    }
}

/// A plugin of 2.0 is refused before any of its code runs.
#[test]
fn a_plugin_of_2_0_is_refused() {
    assert_eq!(
        refusal(&Variant::V2_0),
        "v2_0.so: built for contract 2.0.0, this host has contract 1.2.0: rebuild it with endpoint-plugin-api 1.2.0"
    );
}

/// A wrong version in the manifest does not help.
#[test]
fn a_plugin_of_2_0_whose_manifest_says_1_0_is_refused() {
    assert_eq!(
        refusal(&Variant::V2_0_DISGUISED),
        "v2_0_disguised.so: built for contract 2.0.0, this host has contract 1.2.0: rebuild it with endpoint-plugin-api 1.2.0"
    );
}

/// A plugin of a contract that claims to be 1.0 and is not is refused with the difference.
#[test]
fn a_plugin_of_a_broken_contract_is_refused_by_what_differs() {
    for (variant, expected) in [
        (
            Variant::PARAMETER_TYPE,
            "check_token_authorization: 2nd parameter: host TokenType, plugin RString",
        ),
        (
            Variant::PARAMETER_NAME,
            "open: 1st parameter: host host: RawHostBox, plugin server: RawHostBox",
        ),
        (
            Variant::METHOD_NAME,
            "RawHost: 3rd function: host log, plugin write",
        ),
        (
            Variant::GROWN_STRUCT,
            "RawWorker: 3rd field: host none, plugin restarts: u32",
        ),
        (
            Variant::FIELD_TYPE,
            "RawResponse.body: host RVec<u8>, plugin RString",
        ),
        (
            Variant::NOT_SHARED,
            "RawTokenAuthorizerBox: the required traits differ",
        ),
    ] {
        assert_eq!(
            refusal(&variant),
            format!(
                "{}.so: does not match contract 1.2.0: {expected}",
                variant.name
            )
        );
    }
}

/// The whole comparison is logged at DEBUG.
#[test]
fn the_whole_comparison_is_at_debug() {
    let refusal = host_with(&Variant::PARAMETER_TYPE)
        .argument("--log-level")
        .argument("debug")
        .refused();
    let lines = refusal.log.lines_of_level("DEBUG");
    let is_comparison =
        |line: &&String| line.contains("mismatched type") && line.contains("RString");
    assert_eq!(lines.iter().filter(is_comparison).count(), 1, "{refusal}");
}

/// A plugin without type layouts is refused: nothing could be compared.
#[test]
fn a_plugin_without_a_layout_is_refused() {
    assert_eq!(
        refusal(&Variant::NO_LAYOUT),
        "no_layout.so: has no type layout, so it cannot be checked: export it with export_plugin!"
    );
}

/// A panic during the creation of the module affects only this plugin.
#[test]
fn a_plugin_whose_module_panics_is_refused() {
    let refusal = host_with(&Variant::MODULE_PANICS).refused();
    let errors = refusal.log.lines_of_level("ERROR");
    assert_eq!(errors.len(), 1, "{refusal}");
    assert!(
        errors[0].ends_with(
            "module_panics.so: has no root module: the root module loader panicked: export it with export_plugin!"
        ),
        "{refusal}"
    );
}
