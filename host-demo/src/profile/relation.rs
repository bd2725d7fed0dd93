/// Which calls one rule names, compared with another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Relation {
    Same,
    /// Some of the other's.
    Narrower,
    /// All of the other's, and more.
    Wider,
    /// Both name some calls, and each names some that the other does not.
    Crossing,
    Disjoint,
}

impl Relation {
    /// The relation of two paths of which one part has this relation and another part that one.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Disjoint, _) | (_, Self::Disjoint) => Self::Disjoint,
            (Self::Same, relation) | (relation, Self::Same) => relation,
            (one, other) if one == other => one,
            _ => Self::Crossing,
        }
    }
}
