//! The rejection for each error of the models.

use http::StatusCode;

use super::{
    InvalidName, LookupError, ModelError, PredictError, RegisterError, ScaleError, StoreError,
    UnregisterError, UploadError, inference::RequestError,
};
use crate::{
    http::rejection::{Rejection, sentence},
    telemetry::{error_chain::error_chain, metrics::Limit},
};

impl From<LookupError> for Rejection {
    fn from(error: LookupError) -> Self {
        let kind = match error {
            LookupError::Model { .. } => "ModelNotFoundException",
            LookupError::Version { .. } => "ModelVersionNotFoundException",
        };
        Self::new(StatusCode::NOT_FOUND, kind, error.to_string())
    }
}

impl From<PredictError> for Rejection {
    fn from(error: PredictError) -> Self {
        match error {
            PredictError::Lookup(error) => error.into(),
            PredictError::NoWorker { .. } | PredictError::QueueFull { .. } => {
                Self::unavailable(error.to_string())
            }
            PredictError::Image(error) => Self::bad_request(sentence(&error)),
            PredictError::Request(error) => {
                let rejection = Self::bad_request(sentence(&error));
                match &error {
                    RequestError::Size(limit) => rejection.for_limit(limit.limit()),
                    _ => rejection,
                }
            }
            PredictError::TimedOut => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerException",
                error.to_string(),
            ),
            PredictError::Inference { .. } => Self::internal(&error),
        }
    }
}

impl From<UploadError> for Rejection {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Body(error) => error.into(),
            other => Self::bad_request(sentence(&other)),
        }
    }
}

impl From<InvalidName> for Rejection {
    fn from(error: InvalidName) -> Self {
        Self::bad_request(sentence(&error))
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::new(
                StatusCode::NOT_FOUND,
                "ModelNotFoundException",
                sentence(&error),
            ),
            StoreError::Folder { .. } | StoreError::Read { .. } => Self::internal(&error),
            other => Self::bad_request(sentence(&other)),
        }
    }
}

impl From<RegisterError> for Rejection {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Store(error) => error.into(),
            RegisterError::Name(error) => error.into(),
            RegisterError::Model {
                source: ModelError::Thread { .. },
                ..
            }
            | RegisterError::Probe { .. } => Self::internal(&error),
            RegisterError::Model { ref source, .. } => {
                let rejection = Self::bad_request(sentence(&error_chain(&error)));
                match source {
                    ModelError::Limit(limit) => rejection.for_limit(limit.limit()),
                    _ => rejection,
                }
            }
            RegisterError::TooManyLoads { .. } => {
                Self::unavailable(sentence(&error)).for_limit(Limit::ModelLoads)
            }
            RegisterError::Conflict { .. } => {
                Self::conflict("ConflictStatusException", error.to_string())
            }
            RegisterError::TooManyModels { .. } => Self::unavailable(sentence(&error)),
            RegisterError::Workers(error) => error.into(),
        }
    }
}

impl From<ScaleError> for Rejection {
    fn from(error: ScaleError) -> Self {
        match error {
            ScaleError::Lookup(error) => error.into(),
            ScaleError::TooManyWorkers { .. } => Self::bad_request(sentence(&error)),
            ScaleError::Thread { .. } => Self::internal(&error),
        }
    }
}

impl From<UnregisterError> for Rejection {
    fn from(error: UnregisterError) -> Self {
        match error {
            UnregisterError::Lookup(error) => error.into(),
            UnregisterError::DefaultVersion { .. } => Self::new(
                StatusCode::FORBIDDEN,
                "InvalidModelVersionException",
                error.to_string(),
            ),
        }
    }
}
