//! Which models to load at start.

use std::str::FromStr;

const MODELS_MAX: usize = 1024;

/// The value of `load_models` and `--models`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum LoadModels {
    /// Nothing is loaded at start.
    #[default]
    None,
    /// Every model file of the model store.
    All,
    /// These, in this order; at least one.
    Listed(Vec<ModelSpec>),
}

/// One model to load: `FILE` or `NAME=FILE`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModelSpec {
    /// The name, if one was given; otherwise it is derived from the file.
    pub name: Option<String>,
    /// The file, relative to the model store; not yet checked against it. TorchServe calls it the
    /// model's url.
    pub url: String,
}

impl FromStr for LoadModels {
    /// What would be right.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::None);
        }
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        if text.split(',').count() > MODELS_MAX {
            return Err("at most 1024 models");
        }
        let models: Option<Vec<ModelSpec>> = text.split(',').map(model).collect();
        models
            .map(Self::Listed)
            .ok_or("all, or FILE and NAME=FILE separated by commas")
    }
}

fn model(text: &str) -> Option<ModelSpec> {
    let (name, url) = match text.split_once('=') {
        Some((name, url)) => (Some(name.trim()), url.trim()),
        None => (None, text.trim()),
    };
    let is_whole = !url.is_empty() && name.is_none_or(|name| !name.is_empty());
    is_whole.then(|| ModelSpec {
        name: name.map(str::to_owned),
        url: url.to_owned(),
    })
}

#[cfg(test)]
mod tests;
