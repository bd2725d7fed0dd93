//! The list of models for plugins.

use super::ModelRegistry;
use crate::plugins::{ListedModel, ListedWorker, ModelListing};

impl ModelListing for ModelRegistry {
    fn models(&self) -> Vec<ListedModel> {
        let models = self.list().into_iter();
        models
            .map(|model| ListedModel {
                name: model.name.as_str().to_owned(),
                version: model.version.as_str().to_owned(),
                url: model.url.as_str().to_owned(),
                handler: model.handler(),
                workers: model
                    .workers
                    .iter()
                    .map(|worker| ListedWorker {
                        is_running: worker.is_running,
                        memory_bytes: worker.memory_bytes,
                    })
                    .collect(),
            })
            .collect()
    }
}
