//! Who may do what: a handler asks for a [`Permit`](authorizer::Permit), and only the authorizer makes one.

pub(crate) mod authorizer;
pub(crate) mod denied;
