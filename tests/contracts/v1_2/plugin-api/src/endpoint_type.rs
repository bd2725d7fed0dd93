use crate::open_integer::open_integer;

open_integer! {
    /// The listener that serves an endpoint, and the key that the endpoint needs.
    ///
    /// Later versions of the contract may name more of them. A host rejects a plugin at load if an endpoint is of a
    /// type that it does not serve.
    ///
    /// # Source
    /// TorchServe SDK `EndpointTypes`, with its spelling of the names. TorchServe loads INFERENCE and MANAGEMENT
    /// only.
    ///
    /// # Since
    /// 1.0
    EndpointType {
        /// `NONE`: not served; the host rejects it at load.
        NONE = 0, "NONE";
        /// `INFERENCE`: served on the inference listener, behind the inference key.
        INFERENCE = 1, "INFERENCE";
        /// `MANAGEMENT`: served on the management listener, behind the management key (`token`: behind the API key).
        MANAGEMENT = 2, "MANAGEMENT";
        /// `METRIC`: served on the metrics listener, without a key.
        METRIC = 3, "METRIC";
    }
}
