//! The segments of a request's path, as the host's own paths are compared with them.

use super::operations::{SEGMENTS_MAX, Segment};
use crate::{backend::models::ModelPath, http::target_path::TargetPath};

/// The segments of a path, up to the length of the longest path of the host.
pub(super) struct Segments<'p> {
    known: [&'p str; SEGMENTS_MAX],
    /// `SEGMENTS_MAX + 1` if there are more.
    count: usize,
}

impl<'p> Segments<'p> {
    pub(super) fn of(path: &'p TargetPath<'_>) -> Self {
        let (mut known, mut count) = ([""; SEGMENTS_MAX], 0);
        for segment in path.segments().take(SEGMENTS_MAX + 1) {
            if let Some(slot) = known.get_mut(count) {
                *slot = segment;
            }
            count += 1;
        }
        Self { known, count }
    }

    /// Empty for `/`.
    pub(super) const fn first(&self) -> &'p str {
        self.known[0]
    }

    pub(super) const fn is_root(&self) -> bool {
        self.count == 0
    }

    /// The model of the path, if it matches these segments.
    pub(super) fn matched(&self, segments: &[Segment]) -> Option<ModelPath<'p>> {
        if segments.len() != self.count {
            return None;
        }
        let mut model = ModelPath::default();
        for (segment, text) in segments.iter().zip(self.known) {
            match segment {
                Segment::Fixed(fixed) if *fixed == text => {}
                Segment::Fixed(_) => return None,
                Segment::ModelName => model.name = text,
                Segment::ModelVersion => model.version = Some(text),
            }
        }
        Some(model)
    }
}
