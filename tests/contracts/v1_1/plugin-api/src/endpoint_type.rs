use crate::open_integer::open_integer;

open_integer! {
    /// The listener that serves an endpoint, and with it the key that opens it.
    ///
    /// A later contract may name more of them: a host refuses a plugin at load whose endpoint is of a type that it
    /// does not serve.
    ///
    /// # Source
    /// TorchServe SDK `EndpointTypes`, with its spelling of the names. TorchServe loads INFERENCE and MANAGEMENT
    /// only.
    ///
    /// # Since
    /// 1.0
    EndpointType {
        /// `NONE`: not served; the host refuses it at load.
        NONE = 0, "NONE";
        /// `INFERENCE`: served on the inference listener, behind the inference key.
        INFERENCE = 1, "INFERENCE";
        /// `MANAGEMENT`: served on the management listener, behind the management key (`token`: behind the API key).
        MANAGEMENT = 2, "MANAGEMENT";
        /// `METRIC`: served on the metrics listener, open to all.
        METRIC = 3, "METRIC";
    }
}
