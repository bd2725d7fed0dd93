use super::*;

const INFERENCE: Roles = Roles {
    inference: true,
    management: false,
    metrics: false,
};
const MANAGEMENT: Roles = Roles {
    inference: false,
    management: true,
    metrics: false,
};
const METRICS_ONLY: Roles = Roles {
    inference: false,
    management: false,
    metrics: true,
};
const SHARED: Roles = Roles {
    inference: true,
    management: true,
    metrics: false,
};

/// The route in words: the key it needs, then what answers.
fn route(roles: Roles, method: &Method, path: &str) -> String {
    let path = TargetPath::parse(path).unwrap();
    match Route::of(roles, method, &path, &Plugins::default()) {
        Route::Open(route) => format!("open {route:?}"),
        Route::Token(_) => "token".to_owned(),
        Route::Management(route) => format!("management {route:?}"),
        Route::Inference(route) => format!("inference {route:?}"),
    }
}

fn get(roles: Roles, path: &str) -> String {
    route(roles, &Method::GET, path)
}

#[test]
fn the_inference_listener_wants_the_inference_key_for_everything() {
    assert_eq!(get(INFERENCE, "/ping"), "inference Ping");
    assert_eq!(get(INFERENCE, "/ping/x"), "inference Unknown");
    assert_eq!(get(INFERENCE, "/"), "inference Unknown");
    assert_eq!(get(INFERENCE, "/token"), "inference Unknown");
    assert_eq!(get(INFERENCE, "/models"), "inference Unknown");
    assert_eq!(get(INFERENCE, "/metrics"), "inference Unknown");
    assert_eq!(
        get(INFERENCE, "/predictions/digits/1.0"),
        "inference Prediction { name: \"digits\", version: Some(\"1.0\") }"
    );
    assert_eq!(get(INFERENCE, "/predictions"), "inference Unknown");
    assert_eq!(get(INFERENCE, "/predictions/a/b/c"), "inference Unknown");
}

#[test]
fn the_management_listener_wants_the_management_key_for_everything() {
    assert_eq!(get(MANAGEMENT, "/models"), "management Models");
    assert_eq!(
        get(MANAGEMENT, "/models/tokenizer"),
        "management Model { name: \"tokenizer\", version: None }"
    );
    assert_eq!(
        get(MANAGEMENT, "/models/a/2.0/set-default"),
        "management SetDefault { name: \"a\", version: \"2.0\" }"
    );
    for path in [
        "/",
        "/ping",
        "/metrics",
        "/token",
        "/models/a/b/c",
        "/models/a/b/c/d",
        "/x",
    ] {
        assert_eq!(get(MANAGEMENT, path), "management Unknown", "{path}");
    }
}

#[test]
fn the_metrics_listener_is_open() {
    assert_eq!(get(METRICS_ONLY, "/metrics"), "open Metrics");
    assert_eq!(get(METRICS_ONLY, "/ping"), "open Ping");
    assert_eq!(get(METRICS_ONLY, "/models"), "open Unknown");
}

#[test]
fn a_shared_address_is_told_apart_by_the_path() {
    assert_eq!(get(SHARED, "/models"), "management Models");
    assert_eq!(get(SHARED, "/ping"), "inference Ping");
    assert_eq!(get(SHARED, "/x"), "inference Unknown");
    assert_eq!(get(SHARED, "/metrics"), "inference Unknown");
}

#[test]
fn metrics_on_a_guarded_address_need_its_key() {
    let with_inference = Roles {
        metrics: true,
        ..INFERENCE
    };
    assert_eq!(get(with_inference, "/metrics"), "inference Metrics");
    let with_management = Roles {
        metrics: true,
        ..MANAGEMENT
    };
    assert_eq!(get(with_management, "/metrics"), "management Metrics");
    assert_eq!(get(with_management, "/ping"), "management Unknown");
}

#[test]
fn the_description_is_open_on_every_listener() {
    for roles in [INFERENCE, MANAGEMENT, METRICS_ONLY, SHARED] {
        assert_eq!(get(roles, "/api-description"), "open ApiDescription");
        assert_eq!(route(roles, &Method::OPTIONS, "/"), "open ApiDescription");
    }
    assert_eq!(get(INFERENCE, "/api-description/x"), "inference Unknown");
    assert_eq!(
        route(INFERENCE, &Method::OPTIONS, "/ping"),
        "inference Ping"
    );
}
