//! Which settings of upstreams go together.

use super::{
    declaration::Optional,
    error::{ConfigError, UpstreamConflict},
    table::{SETTINGS, UPSTREAM_SETTINGS},
    upstream::{
        ConcurrencyLimits, ProfileName, ProfileSource, UpstreamConfig, UpstreamConnections,
        UpstreamRouting,
    },
    upstream_address::UpstreamAddresses,
    upstream_health::{UpstreamEjection, UpstreamHealthCheck},
    values::Values,
};

/// The upstreams; none if there are none.
///
/// # Errors
/// A value is not valid, or two do not go together.
pub(super) fn upstream(values: &Values) -> Result<Option<UpstreamConfig>, ConfigError> {
    let profile = profile(values)?;
    let Some(routing) = routing(values, profile.is_some())? else {
        return without_upstream(values).map(|()| None);
    };
    check_needs_profile(values, profile.is_some())?;
    Ok(Some(UpstreamConfig {
        routing,
        profile,
        allow: values
            .optional(&UPSTREAM_SETTINGS.upstream_allow)?
            .unwrap_or_default(),
        path_prefix: values.optional(&UPSTREAM_SETTINGS.upstream_path_prefix)?,
        health_paths: values.value(&UPSTREAM_SETTINGS.upstream_health_paths)?,
        metrics: values.optional(&UPSTREAM_SETTINGS.upstream_metrics)?,
        grpc_inference: values.optional(&UPSTREAM_SETTINGS.upstream_grpc_inference)?,
        grpc_management: values.optional(&UPSTREAM_SETTINGS.upstream_grpc_management)?,
        ca_file: values.optional(&UPSTREAM_SETTINGS.upstream_ca_file)?,
        host: values.value(&UPSTREAM_SETTINGS.upstream_host)?,
        authorization: values.value(&UPSTREAM_SETTINGS.upstream_authorization)?,
        connections: UpstreamConnections {
            connections_max: values
                .value(&UPSTREAM_SETTINGS.upstream_connections_max)?
                .get(),
            queue_timeout: values.value(&UPSTREAM_SETTINGS.upstream_queue_timeout_sec)?,
            connect_timeout: values.value(&UPSTREAM_SETTINGS.upstream_connect_timeout_sec)?,
            idle_timeout: values.value(&UPSTREAM_SETTINGS.upstream_idle_timeout_sec)?,
        },
        ejection: UpstreamEjection {
            failures_max: values.value(&UPSTREAM_SETTINGS.upstream_failures_max)?,
            duration: values.value(&UPSTREAM_SETTINGS.upstream_ejection_sec)?,
            duration_max: values.value(&UPSTREAM_SETTINGS.upstream_ejection_max_sec)?,
        },
        health_check: UpstreamHealthCheck {
            path: values.optional(&UPSTREAM_SETTINGS.upstream_health_path)?,
            interval: values.value(&UPSTREAM_SETTINGS.upstream_health_interval_sec)?,
            timeout: values.value(&UPSTREAM_SETTINGS.upstream_health_timeout_sec)?,
        },
        response_timeout: values.value(&UPSTREAM_SETTINGS.upstream_response_timeout_sec)?,
        read_timeout: values.value(&UPSTREAM_SETTINGS.upstream_read_timeout_sec)?,
        stream_duration_max: values.value(&UPSTREAM_SETTINGS.max_stream_duration_sec)?,
        concurrency: ConcurrencyLimits {
            requests_max: values.value(&UPSTREAM_SETTINGS.max_concurrent_requests)?,
            requests_per_key_max: values
                .value(&UPSTREAM_SETTINGS.max_concurrent_requests_per_key)?,
        },
        request_bytes_max: values.value(&SETTINGS.max_request_size)?,
    }))
}

fn profile(values: &Values) -> Result<Option<ProfileSource>, ConfigError> {
    let (named, file) = (
        &UPSTREAM_SETTINGS.upstream_profile,
        &UPSTREAM_SETTINGS.upstream_profile_file,
    );
    exclude(values, named, file)?;
    let named = values.optional(named)?.map(ProfileSource::Named);
    let file = values.optional(file)?.map(ProfileSource::File);
    Ok(named.or(file))
}

/// None without any upstream.
fn routing(values: &Values, has_profile: bool) -> Result<Option<UpstreamRouting>, ConfigError> {
    let all = &UPSTREAM_SETTINGS.upstream;
    let (inference, management) = (
        &UPSTREAM_SETTINGS.upstream_inference,
        &UPSTREAM_SETTINGS.upstream_management,
    );
    let (grpc_inference, grpc_management) = (
        &UPSTREAM_SETTINGS.upstream_grpc_inference,
        &UPSTREAM_SETTINGS.upstream_grpc_management,
    );
    exclude(values, all, inference)?;
    exclude(values, all, management)?;
    if let Some(addresses) = values.optional(all)? {
        let known = ProfileName::known();
        // No path would reach a model that this server loads.
        exclude(values, &SETTINGS.load_models, all)?;
        return if has_profile {
            Ok(Some(UpstreamRouting::ByClass(addresses)))
        } else {
            conflict(values, all, UpstreamConflict::NoProfile { known })
        };
    }
    if !has_profile {
        check_differ(values, inference, management)?;
        check_differ(values, grpc_inference, grpc_management)?;
    }
    let of_listeners = [inference, management, grpc_inference, grpc_management];
    let mut any = of_listeners
        .into_iter()
        .chain([&UPSTREAM_SETTINGS.upstream_metrics]);
    if !any.any(|setting| values.origin(setting).is_some()) {
        return Ok(None);
    }
    Ok(Some(UpstreamRouting::ByListener {
        inference: values.optional(inference)?,
        management: values.optional(management)?,
    }))
}

/// Where one server is both, the key of the inference listener would open all of it.
fn check_differ(
    values: &Values,
    one: &Optional<UpstreamAddresses>,
    other: &Optional<UpstreamAddresses>,
) -> Result<(), ConfigError> {
    let (Some(first), Some(second)) = (values.optional(one)?, values.optional(other)?) else {
        return Ok(());
    };
    if first
        .iter()
        .all(|address| second.iter().all(|other| other != address))
    {
        return Ok(());
    }
    let (one, other_key) = (one.key, other.key);
    conflict(
        values,
        other,
        UpstreamConflict::SameServer {
            one,
            other: other_key,
        },
    )
}

fn check_needs_profile(values: &Values, has_profile: bool) -> Result<(), ConfigError> {
    if has_profile {
        return Ok(());
    }
    let (allow, prefix) = (
        &UPSTREAM_SETTINGS.upstream_allow,
        &UPSTREAM_SETTINGS.upstream_path_prefix,
    );
    if values.origin(allow).is_some() {
        return conflict(values, allow, UpstreamConflict::NoRules { key: allow.key });
    }
    if values.origin(prefix).is_some() {
        return conflict(
            values,
            prefix,
            UpstreamConflict::NoRules { key: prefix.key },
        );
    }
    Ok(())
}

/// A profile that guards nothing may be meant to guard something.
fn without_upstream(values: &Values) -> Result<(), ConfigError> {
    fn check<T>(values: &Values, setting: &Optional<T>) -> Result<(), ConfigError> {
        match values.origin(setting) {
            Some(_) => conflict(
                values,
                setting,
                UpstreamConflict::NoUpstream { key: setting.key },
            ),
            None => Ok(()),
        }
    }
    check(values, &UPSTREAM_SETTINGS.upstream_profile)?;
    check(values, &UPSTREAM_SETTINGS.upstream_profile_file)?;
    check(values, &UPSTREAM_SETTINGS.upstream_allow)?;
    check(values, &UPSTREAM_SETTINGS.upstream_path_prefix)?;
    check(values, &UPSTREAM_SETTINGS.upstream_health_path)
}

fn exclude<T, U>(
    values: &Values,
    one: &Optional<T>,
    other: &Optional<U>,
) -> Result<(), ConfigError> {
    if values.origin(one).is_none() || values.origin(other).is_none() {
        return Ok(());
    }
    let (one, other_key) = (one.key, other.key);
    conflict(
        values,
        other,
        UpstreamConflict::Both {
            one,
            other: other_key,
        },
    )
}

/// The error at the place where a setting was set.
fn conflict<T, R>(
    values: &Values,
    setting: &Optional<T>,
    problem: UpstreamConflict,
) -> Result<R, ConfigError> {
    let origin = values.origin(setting).cloned();
    Err(ConfigError::Upstream {
        origin: origin.unwrap_or(super::settings::Origin::Default),
        problem,
    })
}
