//! The keys that are not settings of this server, and rules for all keys.

use super::table::declarations;

/// Keys of TorchServe that name a Java keystore, which this server cannot read.
pub(super) const JAVA_KEYSTORE: &[&str] = &["keystore", "keystore_pass", "keystore_type"];

/// Keys of TorchServe 0.12 (`ConfigManager`, its launcher and its documentation) that have no effect
/// here.
const NO_EFFECT: &[&str] = &[
    "allowed_urls",
    "async_logging",
    "batch_delay",
    "batch_size",
    "blacklist_env_vars",
    "cpp_log_config",
    "cpu_launcher_args",
    "cpu_launcher_enable",
    "debug",
    "decode_input_request",
    "default_service_handler",
    "default_startup_timeout",
    "disable_system_metrics",
    "enable_metrics_api",
    "enable_model_api",
    "grpc_inference_max_connection_age_grace_ms",
    "grpc_inference_max_connection_age_ms",
    "grpc_management_max_connection_age_grace_ms",
    "grpc_management_max_connection_age_ms",
    "initial_distribution_port",
    "initial_worker_port",
    "install_py_dep_per_model",
    "io_ratio",
    "ipex_enable",
    "ipex_gpu_enable",
    "limit_max_image_pixels",
    "max_batch_delay",
    "max_response_size",
    "metric_time_interval",
    "metrics_config",
    "metrics_format",
    "metrics_mode",
    "model_metrics_auto_detect",
    "model_server_home",
    "model_snapshot",
    "models",
    "netty_client_threads",
    "number_of_gpu",
    "prefer_direct_buffer",
    "python",
    "service_envelope",
    "snapshot_store",
    "system_metrics_cmd",
    "ts_header_key_sequence_end",
    "ts_header_key_sequence_id",
    "ts_header_key_sequence_start",
    "ts_open_inference_protocol",
    "unregister_model_timeout",
    "use_env_allowed_urls",
    "use_native_io",
    "version",
    "vmargs",
    "workflow_store",
];

/// The minimum similarity of a suggested name; 1 is equality.
const SIMILARITY_MIN: f64 = 0.7;

/// The longest key that is compared: the time grows with the product of both lengths, and no known
/// key is as long.
const COMPARED_BYTES_MAX: usize = 128;

/// Whether it is a setting of the host or of the token plugin.
pub(super) fn is_declared(key: &str) -> bool {
    declarations().any(|declaration| declaration.key == key)
}

pub(super) fn names_java_keystore(key: &str) -> bool {
    JAVA_KEYSTORE.contains(&key)
}

pub(super) fn has_no_effect(key: &str) -> bool {
    NO_EFFECT.contains(&key)
}

/// Whether a value must never be shown or passed to a plugin.
pub(super) fn is_secret(key: &str) -> bool {
    matches!(key, "keystore" | "keystore_pass" | "private_key_file")
        || ["_pass", "_password", "_passphrase"]
            .iter()
            .any(|ending| key.ends_with(ending))
}

/// The known key that is most similar to `key`, if one is similar enough.
pub(super) fn nearest<'a>(key: &str, others: impl Iterator<Item = &'a str>) -> Option<String> {
    if key.len() > COMPARED_BYTES_MAX {
        return None;
    }
    declarations()
        .map(|declaration| declaration.key)
        .chain(others)
        .map(|known| (strsim::normalized_damerau_levenshtein(key, known), known))
        .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, known)| known.to_owned())
}

#[cfg(test)]
mod tests;
