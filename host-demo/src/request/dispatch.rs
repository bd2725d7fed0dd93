//! From a permit and a target to the handler.

use http::{Response, StatusCode};

use super::{
    admin, description,
    introspection::healthy,
    operations::{InferenceOperation, ManagementOperation, PublicOperation},
    route::{Admitted, Missing, Target},
    service::{Pending, Service},
};
use crate::{
    backend::models::{ModelApi, PredictionLimits},
    http::{body::ResponseBody, rejection::Rejection, response},
    policy::{Inference, Management, Permit, Scope},
};

type ResponseOrRejection = Result<Response<ResponseBody>, Rejection>;

impl Service {
    /// Calls the operation or the plugin of the route. Futures that wait are boxed: the future of a
    /// request is moved several times, and each connection has room for one.
    pub(super) async fn dispatch(
        &self,
        admitted: Admitted<'_>,
        pending: Pending<'_>,
    ) -> ResponseOrRejection {
        match admitted {
            Admitted::Inference(permit, target) => self.inference(permit, target, pending).await,
            Admitted::Management(permit, target) => self.management(permit, target, pending).await,
            Admitted::Token(permit, endpoint) => {
                Box::pin(self.rotate(permit, endpoint, pending)).await
            }
            Admitted::Open(target) => self.open(target, pending).await,
            Admitted::Forward(permit, target) => {
                // An upstream must not work for a client that has gone.
                self.state.release_input_end();
                Box::pin(self.forward(&permit, target, pending)).await
            }
            Admitted::Refused(refusal) => Err(self.refuse(refusal, pending.parts)),
        }
    }

    async fn inference(
        &self,
        permit: Permit<Inference>,
        target: Target<'_, InferenceOperation>,
        pending: Pending<'_>,
    ) -> ResponseOrRejection {
        let (operation, model) = match target {
            Target::Operation(operation, model) => (operation, model),
            Target::Metrics(operation) => return Box::pin(self.introspect(operation)).await,
            Target::Plugin(endpoint) => {
                return Box::pin(self.call_guarded(&permit, endpoint, pending)).await;
            }
            Target::Missing(missing) => return Err(self.missing(&permit, missing)),
        };
        let models = &self.application.models;
        let limits = PredictionLimits {
            bodies: pending.body_limits(&self.application.body_budgets.inference),
            prediction_timeout: pending.settings.config.prediction_timeout,
        };
        match operation {
            InferenceOperation::Ping => Ok(healthy()),
            InferenceOperation::ServerMetadata => Ok(ModelApi::server_metadata(&permit)),
            InferenceOperation::ServerLive => Ok(ModelApi::live(&permit)),
            InferenceOperation::ServerReady => models.ready(&permit),
            InferenceOperation::ModelMetadata => models.model_metadata(&permit, model),
            InferenceOperation::ModelReady => models.model_ready(&permit, model),
            InferenceOperation::Infer => {
                let (parts, body) = (pending.parts, Self::body(pending));
                Box::pin(models.infer(&permit, model, parts, body, limits)).await
            }
            InferenceOperation::Predict => {
                let (parts, body) = (pending.parts, Self::body(pending));
                Box::pin(models.predict(&permit, model, parts, body, limits)).await
            }
        }
    }

    async fn management(
        &self,
        permit: Permit<Management>,
        target: Target<'_, ManagementOperation>,
        pending: Pending<'_>,
    ) -> ResponseOrRejection {
        let (operation, model) = match target {
            Target::Operation(operation, model) => (operation, model),
            Target::Metrics(operation) => return Box::pin(self.introspect(operation)).await,
            Target::Plugin(endpoint) => {
                return Box::pin(self.call_guarded(&permit, endpoint, pending)).await;
            }
            Target::Missing(missing) => return Err(self.missing(&permit, missing)),
        };
        let (application, query) = (&self.application, pending.parts.uri.query());
        let models = &application.models;
        match operation {
            ManagementOperation::ListModels => models.list(&permit, query),
            ManagementOperation::RegisterModel => Box::pin(models.register(&permit, query)).await,
            ManagementOperation::DescribeModel => models.describe(&permit, model, query),
            ManagementOperation::ScaleModel => Box::pin(models.scale(&permit, model, query)).await,
            ManagementOperation::UnregisterModel => {
                Box::pin(models.unregister(&permit, model, query)).await
            }
            ManagementOperation::SetDefaultVersion => {
                Box::pin(models.set_default_version(&permit, model, query)).await
            }
            ManagementOperation::ListPlugins => Ok(admin::list(application, &permit)),
            ManagementOperation::ReloadPlugins => {
                Box::pin(admin::reload(application, &permit)).await
            }
        }
    }

    /// A model that is not there is 404 with every method.
    fn missing<S: Scope>(&self, permit: &Permit<S>, missing: Missing<'_>) -> Rejection {
        let unknown = match &missing {
            Missing::Method { model, .. } if !model.name.is_empty() => {
                let models = &self.application.models;
                models.check_registered(permit, *model).err()
            }
            Missing::Method { .. } | Missing::Path => None,
        };
        unknown.unwrap_or_else(|| missing.into())
    }

    async fn open(
        &self,
        target: Target<'_, PublicOperation>,
        pending: Pending<'_>,
    ) -> ResponseOrRejection {
        match target {
            Target::Operation(PublicOperation::DescribeApi, _) => {
                let generation = self.application.generations.current();
                let descriptions = &self.application.descriptions;
                let text = descriptions.text(self.roles, generation.number, || {
                    let upstreams = generation.settings.upstream_routes();
                    description::describe(self.roles, &generation.plugins, upstreams)
                });
                Ok(response::with_type(StatusCode::OK, response::JSON, text))
            }
            Target::Metrics(operation) => Box::pin(self.introspect(operation)).await,
            Target::Plugin(endpoint) => Box::pin(self.call_plugin(endpoint, pending)).await,
            Target::Missing(missing) => Err(missing.into()),
        }
    }
}
