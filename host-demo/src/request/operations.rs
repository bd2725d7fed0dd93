//! The host's own API. Each path is declared once: routing, `Allow` and the API description use it.
//! HEAD is no row: it is there wherever GET is.

use std::iter;

use http::Method;
use plugin_api::EndpointType;

#[cfg(test)]
mod tests;

/// One table for each API. A row is a path and, for each of its methods, the operation and its summary.
macro_rules! path_items {
    ($(
        $visibility:vis static $table:ident: $operation:ident = {
            $([$($segment:tt),*] => { $($method:ident $id:ident $summary:literal)+ })+
        }
    )+) => {$(
        $visibility static $table: &[PathItem<$operation>] = &[$(PathItem {
            segments: &[$(segment!($segment)),*],
            operations: &[$(Operation {
                method: Method::$method,
                id: $operation::$id,
                summary: $summary,
            }),+],
        }),+];
    )+};
}

macro_rules! segment {
    ({model_name}) => {
        Segment::ModelName
    };
    ({model_version}) => {
        Segment::ModelVersion
    };
    ($text:literal) => {
        Segment::Fixed($text)
    };
}

/// The operations that require the inference key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InferenceOperation {
    Ping,
    Predict,
    ServerMetadata,
    ServerLive,
    ServerReady,
    ModelMetadata,
    ModelReady,
    Infer,
}

/// The operations that require the management key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ManagementOperation {
    ListModels,
    RegisterModel,
    DescribeModel,
    ScaleModel,
    UnregisterModel,
    SetDefaultVersion,
    ListPlugins,
    ReloadPlugins,
}

/// The operations of the metrics listener: without a key on its own address, otherwise with the key
/// of the API with which it shares the address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MetricsOperation {
    Metrics,
    HostMetrics,
    Ping,
    Ready,
}

/// The operations of every listener that require no key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PublicOperation {
    DescribeApi,
}

path_items! {
    pub(crate) static PUBLIC: PublicOperation = {
        [] => {
            OPTIONS DescribeApi "This description."
        }
        ["api-description"] => {
            GET DescribeApi "This description."
        }
    }

    pub(crate) static INFERENCE: InferenceOperation = {
        ["ping"] => {
            GET Ping "Whether the server is running."
        }
        ["predictions", {model_name}] => {
            POST Predict "Makes a prediction from an image, or from tensors as JSON."
            PUT Predict "Makes a prediction from an image, or from tensors as JSON."
        }
        ["predictions", {model_name}, {model_version}] => {
            POST Predict "Makes a prediction with one version."
            PUT Predict "Makes a prediction with one version."
        }
        ["v2"] => {
            GET ServerMetadata "Name and version of the server (Open Inference Protocol)."
        }
        ["v2", "health", "live"] => {
            GET ServerLive "Whether the server is running (Open Inference Protocol)."
        }
        ["v2", "health", "ready"] => {
            GET ServerReady "Whether every model has a worker (Open Inference Protocol)."
        }
        ["v2", "models", {model_name}] => {
            GET ModelMetadata "The tensors of a model (Open Inference Protocol)."
        }
        ["v2", "models", {model_name}, "ready"] => {
            GET ModelReady "Whether a model has a worker (Open Inference Protocol)."
        }
        ["v2", "models", {model_name}, "infer"] => {
            POST Infer "Makes a prediction from tensors as JSON (Open Inference Protocol)."
        }
        ["v2", "models", {model_name}, "versions", {model_version}] => {
            GET ModelMetadata "The tensors of one version (Open Inference Protocol)."
        }
        ["v2", "models", {model_name}, "versions", {model_version}, "ready"] => {
            GET ModelReady "Whether one version has a worker (Open Inference Protocol)."
        }
        ["v2", "models", {model_name}, "versions", {model_version}, "infer"] => {
            POST Infer "Makes a prediction with one version (Open Inference Protocol)."
        }
    }

    pub(crate) static MANAGEMENT: ManagementOperation = {
        ["models"] => {
            GET ListModels "The registered models."
            POST RegisterModel "Registers a model of the model store."
        }
        ["models", {model_name}] => {
            GET DescribeModel "The default version of a model."
            PUT ScaleModel "Sets the number of its workers."
            DELETE UnregisterModel "Unregisters it."
        }
        ["models", {model_name}, {model_version}] => {
            GET DescribeModel "One version of a model."
            PUT ScaleModel "Sets the number of its workers."
            DELETE UnregisterModel "Unregisters it."
        }
        ["models", {model_name}, {model_version}, "set-default"] => {
            PUT SetDefaultVersion "Makes it the default version."
        }
        ["plugins"] => {
            GET ListPlugins "The plugins that serve."
        }
        ["plugins", "reload"] => {
            POST ReloadPlugins "Reads the plugins folder again."
        }
    }

    pub(crate) static METRICS: MetricsOperation = {
        ["metrics"] => {
            GET Metrics "Metrics in Prometheus' text form."
        }
        ["host", "metrics"] => {
            GET HostMetrics "Metrics of this server, also where `/metrics` is the upstream's."
        }
        ["ping"] => {
            GET Ping "Whether the server is running."
        }
        ["ready"] => {
            GET Ready "Whether the server and its plugins can do their work."
        }
    }
}

/// A path, and the operation of each method.
#[derive(Debug)]
pub(crate) struct PathItem<O: 'static> {
    pub(crate) segments: &'static [Segment],
    pub(crate) operations: &'static [Operation<O>],
}

/// One segment of a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Segment {
    /// This text.
    Fixed(&'static str),
    /// The name of a model.
    ModelName,
    /// A version of the model.
    ModelVersion,
}

/// One method of a path.
#[derive(Debug)]
pub(crate) struct Operation<O> {
    pub(crate) method: Method,
    pub(crate) id: O,
    /// One sentence for the API description.
    pub(crate) summary: &'static str,
}

/// The largest number of segments in a path of the tables.
pub(crate) const SEGMENTS_MAX: usize = 6;

impl Segment {
    /// The name of the parameter for this segment.
    pub(crate) const fn parameter(self) -> Option<&'static str> {
        match self {
            Self::Fixed(_) => None,
            Self::ModelName => Some("model_name"),
            Self::ModelVersion => Some("model_version"),
        }
    }
}

impl<O> PathItem<O> {
    /// The operation of a method; that of GET for HEAD, whose response is sent without its body.
    pub(crate) fn operation(&self, method: &Method) -> Option<&Operation<O>> {
        let mut served = self.served();
        served
            .find(|(one, _)| *one == method)
            .map(|(_, operation)| operation)
    }

    /// Each method of this path with its operation, HEAD after GET.
    pub(crate) fn served(&self) -> impl Iterator<Item = (&Method, &Operation<O>)> {
        self.operations.iter().flat_map(|operation| {
            let head = Some(&Method::HEAD).filter(|_| operation.method == Method::GET);
            let methods = iter::once(&operation.method).chain(head);
            methods.map(move |method| (method, operation))
        })
    }

    /// The value of the header `Allow` on this path.
    pub(crate) fn allow(&self) -> String {
        let methods = self.served().map(|(method, _)| method.as_str());
        methods.collect::<Vec<_>>().join(", ")
    }

    fn first_segment_is(&self, text: &str) -> bool {
        matches!(self.segments.first(), Some(Segment::Fixed(first)) if *first == text)
    }
}

/// Whether a path belongs to the Open Inference Protocol, whose clients look for a message in the
/// member `error`. Denials do not have it: their body is the same for every path.
pub(crate) fn is_open_inference(path: &str) -> bool {
    let rest = path.strip_prefix("/v2");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an API has paths that begin with this segment.
pub(crate) fn begins_with<O>(items: &[PathItem<O>], segment: &str) -> bool {
    items.iter().any(|item| item.first_segment_is(segment))
}

/// Whether a plugin with this URL pattern shadows paths of the host.
pub(crate) fn is_built_in(endpoint_type: EndpointType, pattern: &str) -> bool {
    match endpoint_type {
        EndpointType::INFERENCE => begins_with(INFERENCE, pattern),
        EndpointType::MANAGEMENT => begins_with(MANAGEMENT, pattern),
        EndpointType::METRIC => begins_with(METRICS, pattern),
        _ => false,
    }
}
