//! All registered model versions at one moment.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    error::LookupError,
    name::{ModelName, ModelVersion},
    served::ServedModel,
};

/// Never changed once published: a writer clones it, changes the clone and publishes that.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    models: BTreeMap<ModelName, Versions>,
}

/// The versions of one model: at least one, and one of them is the default.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    pub(super) default: Arc<ServedModel>,
    pub(super) all: BTreeMap<ModelVersion, Arc<ServedModel>>,
}

impl Catalog {
    /// The version asked for, or the default one.
    pub(super) fn find(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<&Arc<ServedModel>, LookupError> {
        let versions = self.versions(name)?;
        match version {
            None => Ok(&versions.default),
            Some(version) => versions
                .all
                .get(version)
                .ok_or_else(|| LookupError::Version {
                    name: name.to_owned(),
                    version: version.to_owned(),
                }),
        }
    }

    /// All versions of one model.
    pub(super) fn versions(&self, name: &str) -> Result<&Versions, LookupError> {
        self.models.get(name).ok_or_else(|| LookupError::Model {
            name: name.to_owned(),
        })
    }

    /// All models, in name order.
    pub(super) fn models(&self) -> impl Iterator<Item = &Versions> {
        self.models.values()
    }

    /// All versions of all models.
    pub(super) fn served(&self) -> impl Iterator<Item = &Arc<ServedModel>> {
        self.models
            .values()
            .flat_map(|versions| versions.all.values())
    }

    /// Adds a version; a model's first one is its default.
    pub(super) fn insert(&mut self, served: &Arc<ServedModel>) {
        self.models
            .entry(served.name.clone())
            .or_insert_with(|| Versions {
                default: Arc::clone(served),
                all: BTreeMap::new(),
            })
            .all
            .insert(served.version.clone(), Arc::clone(served));
    }

    /// Removes a version, and the model with its last one.
    pub(super) fn remove(&mut self, served: &ServedModel) {
        if let Some(versions) = self.models.get_mut(&served.name) {
            versions.all.remove(&served.version);
            if versions.all.is_empty() {
                self.models.remove(&served.name);
            }
        }
    }

    /// Makes a registered version its model's default.
    pub(super) fn set_default(&mut self, served: &Arc<ServedModel>) {
        if let Some(versions) = self.models.get_mut(&served.name) {
            versions.default = Arc::clone(served);
        }
    }
}
