//! What a classifier predicts: the likeliest classes.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// The five likeliest classes, or all if there are fewer, likeliest first.
///
/// Serializes as TorchServe's image classifier's response: an object of label and probability, in
/// that order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prediction {
    classes: Vec<(Arc<str>, f32)>,
}

impl Prediction {
    /// Picks the likeliest of all classes. Of equally likely ones the earlier comes first.
    pub(super) fn top(labels: &[Arc<str>], probabilities: &[f32]) -> Self {
        let mut classes: Vec<_> = labels
            .iter()
            .map(Arc::clone)
            .zip(probabilities.iter().copied())
            .collect();
        classes.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        classes.truncate(CLASSES_MAX);
        Self { classes }
    }

    /// Label and probability (0 to 1) of each class, likeliest first.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn classes(&self) -> &[(Arc<str>, f32)] {
        &self.classes
    }
}

impl Serialize for Prediction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.classes.len()))?;
        for (label, probability) in &self.classes {
            object.serialize_entry(&**label, probability)?;
        }
        object.end()
    }
}

const CLASSES_MAX: usize = 5;

#[cfg(test)]
mod tests;
