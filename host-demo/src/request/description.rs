//! `OPTIONS /` and `/api-description`: the paths that exist, as OpenAPI 3.

use bytes::Bytes;
use parking_lot::Mutex;
use plugin_api::EndpointType;
use serde_json::{Map, Value, json};

use super::{
    operations::{INFERENCE, MANAGEMENT, METRICS, PUBLIC, PathItem, Segment},
    route,
};
use crate::{
    backend::proxy::UpstreamRoutes, config::Roles, http::response::json_text, plugins::Plugins,
};

/// The documents of the listeners, each made once for a generation of plugins and shared by its responses.
#[derive(Debug, Default)]
pub(crate) struct Descriptions(Mutex<Vec<(Roles, u64, Bytes)>>);

impl Descriptions {
    /// The document of a listener with these roles, as text. `make` makes it if there is none of this generation.
    pub(super) fn text(
        &self,
        roles: Roles,
        generation: u64,
        make: impl FnOnce() -> Value,
    ) -> Bytes {
        let mut made = self.0.lock();
        let of_roles = made.iter().position(|(one, _, _)| *one == roles);
        if let Some((_, number, text)) = of_roles.and_then(|index| made.get(index))
            && *number == generation
        {
            return text.clone();
        }
        if let Some(old) = of_roles {
            made.swap_remove(old);
        }
        let text = Bytes::from(json_text(&make()));
        made.push((roles, generation, text.clone()));
        text
    }
}

/// The API of a listener, without what is forwarded.
pub(crate) fn describe(
    roles: Roles,
    plugins: &Plugins,
    upstreams: Option<&UpstreamRoutes>,
) -> Value {
    let forwards = |of: fn(&UpstreamRoutes) -> bool| upstreams.is_some_and(of);
    let forwards_inference = forwards(|one| one.is_by_class || one.inference.is_some());
    let forwards_management = forwards(|one| one.is_by_class || one.management.is_some());
    let forwards_metrics = forwards(|one| one.metrics.is_some());
    let mut paths = Paths::default();
    paths.add_items(PUBLIC, |_| true);
    if roles.inference {
        paths.add_api(EndpointType::INFERENCE, INFERENCE, plugins, |_| {
            !forwards_inference
        });
    }
    if roles.management {
        paths.add_api(EndpointType::MANAGEMENT, MANAGEMENT, plugins, |first| {
            !forwards_management || first == route::PLUGINS
        });
    }
    if roles.metrics {
        paths.add_api(EndpointType::METRIC, METRICS, plugins, |first| {
            !forwards_metrics || first != "metrics"
        });
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
    /// `is_of_host` says whether the host answers the paths that begin with a segment.
    fn add_api<O>(
        &mut self,
        endpoint_type: EndpointType,
        items: &[PathItem<O>],
        plugins: &Plugins,
        is_of_host: impl Fn(&str) -> bool,
    ) {
        self.add_items(items, |first| {
            is_of_host(first) && plugins.endpoint(endpoint_type, first).is_none()
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
