//! `OPTIONS /` and `/api-description`: what is really there, as OpenAPI 3.

use plugin_api::EndpointType;
use serde_json::{Map, Value, json};

use crate::{config::Roles, plugins::Plugins};

/// One operation that the server itself answers.
struct Operation {
    path: &'static str,
    method: &'static str,
    summary: &'static str,
}

const fn operation(path: &'static str, method: &'static str, summary: &'static str) -> Operation {
    Operation {
        path,
        method,
        summary,
    }
}

const INFERENCE: [Operation; 5] = [
    operation("/ping", "get", "Whether the server answers."),
    operation(
        "/predictions/{model_name}",
        "post",
        "The model's answer to an image.",
    ),
    operation(
        "/predictions/{model_name}",
        "put",
        "The model's answer to an image.",
    ),
    operation(
        "/predictions/{model_name}/{model_version}",
        "post",
        "The answer of one version.",
    ),
    operation(
        "/predictions/{model_name}/{model_version}",
        "put",
        "The answer of one version.",
    ),
];

const MANAGEMENT: [Operation; 11] = [
    operation("/models", "get", "The registered models."),
    operation("/models", "post", "Registers a model of the model store."),
    operation(
        "/models/{model_name}",
        "get",
        "The default version of a model.",
    ),
    operation(
        "/models/{model_name}",
        "put",
        "Sets the number of its workers.",
    ),
    operation("/models/{model_name}", "delete", "Unregisters it."),
    operation(
        "/models/{model_name}/{model_version}",
        "get",
        "One version of a model.",
    ),
    operation(
        "/models/{model_name}/{model_version}",
        "put",
        "Sets the number of its workers.",
    ),
    operation(
        "/models/{model_name}/{model_version}",
        "delete",
        "Unregisters it.",
    ),
    operation(
        "/models/{model_name}/{model_version}/set-default",
        "put",
        "Makes it the version that answers when a request names none.",
    ),
    operation("/plugins", "get", "The plugins that serve."),
    operation("/plugins/reload", "post", "Reads the plugins folder again."),
];

const METRICS: [Operation; 2] = [
    operation("/metrics", "get", "Metrics in Prometheus' text form."),
    operation("/ping", "get", "Whether the server answers."),
];

/// The API of a listener.
pub(crate) fn describe(roles: Roles, plugins: &Plugins) -> Value {
    let mut paths = Map::new();
    add(&mut paths, "/api-description", "get", "This description.");
    add(&mut paths, "/", "options", "This description.");
    for (served, endpoint_type, operations) in [
        (
            roles.inference,
            EndpointType::Inference,
            INFERENCE.as_slice(),
        ),
        (roles.management, EndpointType::Management, &MANAGEMENT),
        (roles.metrics, EndpointType::Metric, &METRICS),
    ] {
        if !served {
            continue;
        }
        for Operation {
            path,
            method,
            summary,
        } in operations
        {
            let first = path.split('/').nth(1).unwrap_or_default();
            // A plugin in the place of a built-in path answers for it.
            if plugins.endpoint(endpoint_type, first).is_none() {
                add(&mut paths, path, method, summary);
            }
        }
        for endpoint in plugins
            .endpoints()
            .filter(|one| one.endpoint_type() == endpoint_type)
        {
            let path = format!("/{}", endpoint.url_pattern());
            for method in endpoint.methods() {
                let method = method.as_str().to_ascii_lowercase();
                add(&mut paths, &path, &method, endpoint.description());
            }
        }
    }
    json!({
        "openapi": "3.0.1",
        "info": {"title": "host-demo", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
    })
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, summary: &str) {
    let entry = paths.entry(path).or_insert_with(|| json!({}));
    if entry.get("parameters").is_none() && path.contains('{') {
        let names = path
            .split('/')
            .filter_map(|one| one.strip_prefix('{')?.strip_suffix('}'));
        let parameters: Vec<Value> = names
            .map(|name| {
                json!({"in": "path", "name": name, "required": true, "schema": {"type": "string"}})
            })
            .collect();
        entry["parameters"] = json!(parameters);
    }
    entry[method] = json!({
        "summary": summary,
        "responses": {"default": {"description": "JSON; errors carry code, type and message."}},
    });
}
