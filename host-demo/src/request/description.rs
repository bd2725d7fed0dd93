//! `OPTIONS /` and `/api-description`: the paths that exist, as OpenAPI 3.

use plugin_api::EndpointType;
use serde_json::{Map, Value, json};

use super::operations::{INFERENCE, MANAGEMENT, METRICS, PUBLIC, PathItem, Segment};
use crate::{config::Roles, plugins::Plugins};

/// The API of a listener.
pub(crate) fn describe(roles: Roles, plugins: &Plugins) -> Value {
    let mut paths = Paths::default();
    paths.add_items(PUBLIC, |_| true);
    if roles.inference {
        paths.add_api(EndpointType::INFERENCE, INFERENCE, plugins);
    }
    if roles.management {
        paths.add_api(EndpointType::MANAGEMENT, MANAGEMENT, plugins);
    }
    if roles.metrics {
        paths.add_api(EndpointType::METRIC, METRICS, plugins);
    }
    json!({
        "openapi": "3.0.1",
        "info": {"title": "host-demo", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths.0,
    })
}

/// The member `paths` of the document.
#[derive(Default)]
struct Paths(Map<String, Value>);

impl Paths {
    /// The host's paths of an API and those of plugins; a plugin's path replaces that of the host.
    fn add_api<O>(
        &mut self,
        endpoint_type: EndpointType,
        items: &[PathItem<O>],
        plugins: &Plugins,
    ) {
        self.add_items(items, |first| {
            plugins.endpoint(endpoint_type, first).is_none()
        });
        for endpoint in plugins
            .endpoints()
            .filter(|one| one.endpoint_type() == endpoint_type)
        {
            let path = format!("/{}", endpoint.url_pattern());
            for (method, _) in endpoint.served() {
                self.add(&path, method, endpoint.description());
            }
        }
    }

    fn add_items<O>(&mut self, items: &[PathItem<O>], is_served: impl Fn(&str) -> bool) {
        for item in items {
            let first = item.segments.first().map(|segment| text(*segment));
            if !is_served(first.as_deref().unwrap_or_default()) {
                continue;
            }
            let path = path(item.segments);
            for (method, operation) in item.served() {
                self.add(&path, method.as_str(), operation.summary);
            }
            self.add_parameters(&path, item.segments);
        }
    }

    fn add(&mut self, path: &str, method: &str, summary: &str) {
        self.entry(path)[method.to_ascii_lowercase()] = json!({
            "summary": summary,
            "responses": {"default": {"description": "JSON; errors carry code, type and message."}},
        });
    }

    fn add_parameters(&mut self, path: &str, segments: &[Segment]) {
        let names = segments.iter().filter_map(|segment| segment.parameter());
        let parameters: Vec<Value> = names
            .map(|name| {
                json!({"in": "path", "name": name, "required": true, "schema": {"type": "string"}})
            })
            .collect();
        if !parameters.is_empty() {
            self.entry(path)["parameters"] = json!(parameters);
        }
    }

    fn entry(&mut self, path: &str) -> &mut Value {
        self.0.entry(path).or_insert_with(|| json!({}))
    }
}

/// `/models/{model_name}`.
fn path(segments: &[Segment]) -> String {
    if segments.is_empty() {
        return "/".to_owned();
    }
    segments
        .iter()
        .map(|segment| format!("/{}", text(*segment)))
        .collect()
}

fn text(segment: Segment) -> String {
    match (segment, segment.parameter()) {
        (Segment::Fixed(text), _) => text.to_owned(),
        (_, parameter) => format!("{{{}}}", parameter.unwrap_or_default()),
    }
}
