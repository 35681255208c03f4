//! The contract of Usher in Rust: the messages and services of `proto/usher/`, generated at build time.
//!
//! Two things stand beside the generated code. [`codec`] decodes a request and holds it against the rules that its
//! `.proto` file states, before any handler sees it. [`METHODS`] is the authorization table: every RPC and who may call
//! it, read from the same files.

pub mod codec;

use std::{collections::HashMap, sync::LazyLock};

/// `usher.accounts.v1` and so on, as generated.
macro_rules! package {
    ($($service:ident: $name:literal),* $(,)?) => {$(
        #[doc = concat!("The package `", $name, "`.")]
        pub mod $service {
            #[doc = concat!("The package `", $name, "`.")]
            #[allow(clippy::large_enum_variant, reason = "generated; not every package has one")]
            #[expect(missing_docs, clippy::pedantic, reason = "generated; the .proto files hold the documentation")]
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
            }
        }
    )*};
}

package! {
    accounts: "usher.accounts.v1",
    analytics: "usher.analytics.v1",
    ats: "usher.ats.v1",
    eventlog: "usher.eventlog.v1",
    outreach: "usher.outreach.v1",
    privacy: "usher.privacy.v1",
    talent: "usher.talent.v1",
}

/// A message that some RPC takes.
pub trait Request: prost::Message + Default {
    /// The RPC that takes it, as it stands in the HTTP/2 path: `/usher.ats.v1.JobService/CreateJob`.
    const METHOD: &'static str;
    /// The caller's key that makes a retry safe; empty when there is none.
    fn request_id(&self) -> &str;
}

impl outreach::v1::ReplyClassified {
    /// From this confidence on programs may act on a reply alone.
    pub const SURE: f64 = 0.75;

    /// Whether programs may act on it alone.
    pub fn is_sure(&self) -> bool {
        self.confidence >= Self::SURE
    }
}

/// A value of an enum as words write it: `full_time` of `EMPLOYMENT_TYPE_FULL_TIME`.
pub fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase()
}

/// One line of the authorization table.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// `/usher.ats.v1.JobService/CreateJob`.
    pub path: &'static str,
    /// Numbers of the `usher.accounts.v1.Role`s that may call.
    pub roles: &'static [i32],
    /// Whether it needs no token.
    pub public: bool,
    /// Whether it changes nothing.
    pub read_only: bool,
}

/// The line of the authorization table for a path.
pub fn method(path: &str) -> Option<&'static Method> {
    static BY_PATH: LazyLock<HashMap<&str, &Method>> =
        LazyLock::new(|| METHODS.iter().map(|method| (method.path, method)).collect());
    BY_PATH.get(path).copied()
}

/// The contract as a `google.protobuf.FileDescriptorSet`, with the files it imports and its comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/usher.binpb"));

pub use self::contract::METHODS;

mod contract {
    #![allow(clippy::pedantic, reason = "generated")]
    use super::Method;

    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}

#[allow(clippy::all, clippy::pedantic, clippy::restriction, missing_docs, unused, reason = "generated")]
mod validators {
    // The generated code names messages by their full protobuf names.
    use crate as usher;

    include!(concat!(env!("OUT_DIR"), "/validate_impl.rs"));
}
