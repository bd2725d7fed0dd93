//! Authorization: a handler requires a [`Permit`], and only the [`Authorizer`] creates one.

pub(crate) use self::{
    authorizer::Authorizer,
    denied::Denied,
    forward_permit::ForwardPermit,
    permit::Permit,
    principal::Principal,
    scope::{Inference, Management, Scope, Token},
};

mod authorizer;
mod denied;
mod forward_permit;
mod permit;
mod principal;
mod scope;
