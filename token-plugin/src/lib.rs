//! token-plugin
