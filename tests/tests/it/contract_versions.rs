//! Plugins of other contracts: older and newer ones of 1.x serve, any other is refused in one line.

use integration_tests::{
    Host, HostBuilder, PluginFolder,
    contract::{self, Variant},
    get, post,
};

use crate::expect::is_denied;

fn host_with(variant: &Variant) -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with_library(&contract::library(variant)))
}

/// All that the fixture does, with a key of each kind.
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
    let answer = host.inference(&mirror.key("inference-key"));
    assert_eq!(
        (answer.status, answer.text()),
        (
            200,
            "POST /mirror a=b header body 127.0.0.1 [digits true] good morning"
        )
    );
    assert_eq!(answer.header("x-contract"), Some("1.0"));
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

/// The line with which it is refused, from the library's name on.
fn refusal(variant: &Variant) -> String {
    let refusal = host_with(variant).refused();
    let line = refusal.line();
    let (_, line) = line
        .split_once("libcontract_plugin_")
        .unwrap_or_else(|| panic!("{line}"));
    line.to_owned()
}

/// A plugin of contract 1.0 serves in the host of today.
#[test]
fn a_plugin_of_1_0_serves() {
    assert_serves(&Variant::V1_0);
}

/// A plugin of a newer 1.x serves in an older host: what the host lacks, the plugin does without.
#[test]
fn a_plugin_of_1_1_serves_and_does_without_what_the_host_lacks() {
    assert_serves(&Variant::V1_1);

    let host = host_with(&Variant::V1_1).start();
    assert_eq!(
        host.log().lines_with("the host is older than 1.1").len(),
        1,
        "{}",
        host.log().text()
    );
}

/// An endpoint of a kind that the host cannot route is refused by what its manifest says.
#[test]
fn a_plugin_with_a_type_or_a_method_of_a_later_contract_is_refused() {
    for (variant, expected) in [
        (
            Variant::NEW_ENDPOINT_TYPE,
            "is of type ADMIN, which a host of contract 1.0.0 does not serve: expected INFERENCE, MANAGEMENT or METRIC",
        ),
        (
            Variant::NEW_METHOD,
            "lists the method PATCH, which a host of contract 1.0.0 does not serve: expected GET, POST, PUT or DELETE",
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
        "v2_0.so: built for contract 2.0.0, this host has contract 1.0.0: rebuild it with endpoint-plugin-api 1.0.0"
    );
}

/// A manifest that lies does not help.
#[test]
fn a_plugin_of_2_0_whose_manifest_says_1_0_is_refused() {
    assert_eq!(
        refusal(&Variant::V2_0_DISGUISED),
        "v2_0_disguised.so: built for contract 2.0.0, this host has contract 1.0.0: rebuild it with endpoint-plugin-api 1.0.0"
    );
}

/// A plugin of a contract that calls itself 1.0 and is none is refused by the difference.
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
            "RawTokenAuthorizerBox: what is required of it differs",
        ),
    ] {
        assert_eq!(
            refusal(&variant),
            format!(
                "{}.so: does not match contract 1.0.0: {expected}",
                variant.name
            )
        );
    }
}

/// Who has to find out more has the whole comparison, at DEBUG.
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

/// A plugin that says nothing of its types is refused: nothing could be compared.
#[test]
fn a_plugin_without_a_layout_is_refused() {
    assert_eq!(
        refusal(&Variant::NO_LAYOUT),
        "no_layout.so: carries no type layout, so it cannot be checked: export it with export_plugin!"
    );
}

/// A panic where the module is made ends nothing but this plugin.
#[test]
fn a_plugin_whose_module_panics_is_refused() {
    let refusal = host_with(&Variant::MODULE_PANICS).refused();
    let errors = refusal.log.lines_of_level("ERROR");
    assert_eq!(errors.len(), 1, "{refusal}");
    assert!(
        errors[0].ends_with(
            "module_panics.so: gives no root module: the root module loader panicked: export it with export_plugin!"
        ),
        "{refusal}"
    );
}
