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

/// The route as text: the key that it needs, then the target.
fn route(roles: Roles, method: &Method, path: &str) -> String {
    let request = http::Request::builder().method(method).uri(path);
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let path = TargetPath::parse(parts.uri.path()).unwrap();
    let input = RouteInput {
        roles,
        parts: &parts,
        path: &path,
        plugins: &Plugins::default(),
        upstreams: None,
    };
    match Route::of(input) {
        Route::Open(target) => format!("open {}", words(target)),
        Route::Token(_) => "token".to_owned(),
        Route::Management(target) => format!("management {}", words(target)),
        Route::Inference(target) => format!("inference {}", words(target)),
        forwarded => panic!("{forwarded:?} without an upstream"),
    }
}

fn words<O: std::fmt::Debug>(target: Target<'_, O>) -> String {
    match target {
        Target::Operation(operation, model) => match (model.name, model.version) {
            ("", _) => format!("{operation:?}"),
            (name, None) => format!("{operation:?} {name}"),
            (name, Some(version)) => format!("{operation:?} {name} {version}"),
        },
        Target::Metrics(operation) => format!("{operation:?}"),
        Target::Plugin(endpoint) => format!("plugin {}", endpoint.plugin()),
        Target::Missing(Missing::Method { allow, .. }) => format!("405 {allow}"),
        Target::Missing(Missing::Path) => "404".to_owned(),
    }
}

fn get(roles: Roles, path: &str) -> String {
    route(roles, &Method::GET, path)
}

#[test]
fn the_inference_listener_requires_the_inference_key_for_everything() {
    assert_eq!(get(INFERENCE, "/ping"), "inference Ping");
    assert_eq!(get(INFERENCE, "/ping/x"), "inference 404");
    assert_eq!(get(INFERENCE, "/"), "inference 405 OPTIONS");
    assert_eq!(get(INFERENCE, "/token"), "inference 404");
    assert_eq!(get(INFERENCE, "/models"), "inference 404");
    assert_eq!(get(INFERENCE, "/metrics"), "inference 404");
    assert_eq!(
        get(INFERENCE, "/predictions/digits/1.0"),
        "inference 405 POST, PUT"
    );
    assert_eq!(
        route(INFERENCE, &Method::POST, "/predictions/digits/1.0"),
        "inference Predict digits 1.0"
    );
    assert_eq!(
        route(INFERENCE, &Method::PUT, "/predictions/digits"),
        "inference Predict digits"
    );
    assert_eq!(get(INFERENCE, "/predictions"), "inference 404");
    assert_eq!(get(INFERENCE, "/predictions/a/b/c"), "inference 404");
}

#[test]
fn the_management_listener_requires_the_management_key_for_everything() {
    assert_eq!(get(MANAGEMENT, "/models"), "management ListModels");
    assert_eq!(
        get(MANAGEMENT, "/models/tokenizer"),
        "management DescribeModel tokenizer"
    );
    assert_eq!(
        route(MANAGEMENT, &Method::PUT, "/models/a/2.0/set-default"),
        "management SetDefaultVersion a 2.0"
    );
    assert_eq!(get(MANAGEMENT, "/"), "management 405 OPTIONS");
    assert_eq!(get(MANAGEMENT, "/plugins/reload"), "management 405 POST");
    for path in [
        "/ping",
        "/metrics",
        "/token",
        "/models/a/b/c",
        "/models/a/b/c/d",
        "/x",
    ] {
        assert_eq!(get(MANAGEMENT, path), "management 404", "{path}");
    }
}

#[test]
fn the_metrics_listener_is_open() {
    assert_eq!(get(METRICS_ONLY, "/metrics"), "open Metrics");
    assert_eq!(get(METRICS_ONLY, "/ping"), "open Ping");
    assert_eq!(get(METRICS_ONLY, "/models"), "open 404");
}

#[test]
fn on_a_shared_address_the_path_selects_the_key() {
    assert_eq!(get(SHARED, "/models"), "management ListModels");
    assert_eq!(get(SHARED, "/ping"), "inference Ping");
    assert_eq!(get(SHARED, "/x"), "inference 404");
    assert_eq!(get(SHARED, "/metrics"), "inference 404");
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
    for method in [Method::GET, Method::POST] {
        assert_eq!(
            route(with_management, &method, "/ping"),
            "management 404",
            "{method}"
        );
    }
}

#[test]
fn the_description_is_open_on_every_listener() {
    for roles in [INFERENCE, MANAGEMENT, METRICS_ONLY, SHARED] {
        assert_eq!(get(roles, "/api-description"), "open DescribeApi");
        assert_eq!(route(roles, &Method::OPTIONS, "/"), "open DescribeApi");
    }
    assert_eq!(get(INFERENCE, "/api-description/x"), "inference 404");
    assert_eq!(
        route(INFERENCE, &Method::OPTIONS, "/ping"),
        "inference 405 GET, HEAD"
    );
}
