//! Who may do what: a handler takes a [`Permit`], and only the [`Authorizer`] makes one.

pub(crate) use self::{
    authorizer::Authorizer,
    denied::Denied,
    permit::Permit,
    principal::Principal,
    scope::{Inference, Management, Scope, Token},
};

mod authorizer;
mod denied;
mod permit;
mod principal;
mod scope;
