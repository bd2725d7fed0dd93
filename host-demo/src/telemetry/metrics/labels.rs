//! Values of labels. Each is declared once, so none can be missing from what is counted or
//! rendered.

/// Declares an enum together with the text of each variant and the list of all of them.
macro_rules! label {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident { $($(#[$variant_attribute:meta])* $variant:ident = $text:literal,)+ }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        $visibility enum $name {
            $($(#[$variant_attribute])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of the declaration.
            $visibility const ALL: &[Self] = &[$(Self::$variant),+];

            /// The value of the label.
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

label! {
    /// What a token check decided.
    pub(crate) enum CheckOutcome {
        Allowed = "allowed",
        /// No reason was given.
        Denied = "denied",
        /// No key came with the request.
        Missing = "missing",
        /// The key is unknown or malformed.
        Invalid = "invalid",
        /// The key was valid, and has expired.
        Expired = "expired",
        /// The key is valid for another part of the API.
        Scope = "scope",
        /// The key has had its share of requests.
        Limited = "limited",
        /// A verdict that this host does not know; it denies.
        Unknown = "unknown",
    }
}

label! {
    /// A call of all plugins that has a time limit.
    pub(crate) enum PluginCall {
        /// Their metrics.
        Metrics = "metrics",
        /// The name of a key.
        Name = "name",
        /// Their readiness.
        Ready = "ready",
    }
}

label! {
    /// A limit that was reached; each has the name of its setting if there is one.
    pub(crate) enum Limit {
        /// Forwarded requests at once.
        Requests = "max_concurrent_requests",
        /// Forwarded requests of one key at once.
        RequestsPerKey = "max_concurrent_requests_per_key",
        /// Forwarded requests without a key at once.
        RequestsWithoutKey = "requests_without_key",
        /// Keys with forwarded requests at once, as far as they can be told apart.
        Keys = "concurrent_keys",
        /// The body of a request.
        RequestSize = "max_request_size",
        /// The bytes of all bodies.
        BufferedBytes = "buffered_bytes_max",
        /// The wait for a piece of a body.
        BodyIdle = "body_idle_timeout_sec",
        /// The time in which a body has to arrive.
        BodyTime = "body_timeout_sec",
        /// The head of a request.
        HeaderSize = "max_header_size",
        /// Connections of one client.
        ConnectionsPerAddress = "connections_per_address_max",
        /// Connections of one listener: one without a good key was closed in favour of another.
        Connections = "connections",
        /// The time until the first bytes of a connection, or for the head of a request.
        HeaderTimeout = "header_timeout_sec",
        /// The time of a connection without a running request.
        IdleTimeout = "idle_timeout_sec",
        /// The time in which a client takes nothing of a response.
        WriteTimeout = "write_timeout_sec",
        /// Requests on an HTTP/2 connection that has shown no good key.
        StreamsBeforeKey = "http2_streams_before_key_max",
        /// The same on all such connections.
        RequestsBeforeKey = "requests_before_key_max",
        /// Threads of the process, which the system limits.
        Threads = "threads",
        /// Operators of a model.
        ModelOperators = "model_operators_max",
        /// What a model declares or takes of memory when it is loaded.
        ModelBytes = "model_bytes_max",
        /// How long a model takes to load.
        ModelLoadTime = "model_load_timeout_sec",
        /// Models that are loaded at once.
        ModelLoads = "model_loads",
        /// The time of a plugin that is opened at a reload.
        PluginOpen = "plugin_open_timeout_sec",
    }
}

label! {
    /// The outcome of a reload.
    pub(crate) enum ReloadOutcome {
        Succeeded = "succeeded",
        Failed = "failed",
    }
}

label! {
    /// Why a request got no connection to its upstream.
    pub(crate) enum ConnectFailure {
        /// The name of the upstream has no address.
        Resolve = "resolve",
        /// The upstream refuses connections, or cannot be reached.
        Unreachable = "unreachable",
        /// Connecting took too long.
        Timeout = "timeout",
        /// The TLS handshake failed.
        Tls = "tls",
        /// The handshake of HTTP failed.
        Handshake = "handshake",
        /// Too many requests wait for a connection.
        QueueFull = "queue_full",
        /// No connection became free in time.
        QueueTimeout = "queue_timeout",
    }
}

label! {
    /// Why a request got no response of a replica of its upstream.
    pub(crate) enum ForwardFailure {
        /// No connection could be opened.
        Connect = "connect",
        /// Connecting took too long.
        ConnectTimeout = "connect_timeout",
        /// All connections were in use.
        NoConnection = "no_connection",
        /// The connection ended before the head of the response.
        Closed = "closed",
        /// The response cannot be passed on.
        InvalidResponse = "invalid_response",
        /// The head of the response did not come in time.
        ResponseTimeout = "response_timeout",
        /// The client's own time limit has passed.
        Deadline = "deadline",
        /// No replica was up.
        NoReplica = "no_replica",
        /// The client's request body broke off, or was too long.
        RequestBody = "request_body",
    }
}

impl ReloadOutcome {
    pub(super) const fn of(succeeded: bool) -> Self {
        if succeeded {
            Self::Succeeded
        } else {
            Self::Failed
        }
    }
}

label! {
    /// Why a TLS handshake failed.
    pub(crate) enum HandshakeFailure {
        /// It took too long.
        Timeout = "timeout",
        /// What the client sent is no TLS, for example plain HTTP.
        NotTls = "not_tls",
        /// The client has no certificate, or one that is not accepted.
        ClientCertificate = "client_certificate",
        /// Anything else: the client went away, refuses the certificate, or has no version or cipher in common.
        Other = "other",
    }
}
