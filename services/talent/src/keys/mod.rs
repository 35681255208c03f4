//! How addresses and numbers are sealed.
//!
//! Envelope encryption: the installation's [`MasterKeys`], which the database never sees, wrap each tenant's key; a
//! tenant's key ([`TenantKey`]) seals contact points and makes the blind index by which an equal one is found without
//! opening any. Either can be replaced while the service goes on:
//!
//! - **An installation's key**: put the new one first in the file and leave the old one below it. Tenants' keys are wrapped
//!   anew in the background (`jobs::keys`); when `KeyService.ListKeys` names the old one no more, it can go. A key management
//!   service takes a file's place, and a file a service's, in the same way: both are there until all is wrapped anew.
//! - **A tenant's key**: `KeyService.RotateKey`. The new version is sealed with from two minutes later on, when every
//!   process has read it; what the old one sealed is sealed anew in the background, and then the old one is destroyed. The
//!   database holds on to a version as long as a value needs it. The blind index keeps its key: a new one would have to
//!   be there for all values at the same moment.

mod keyring;
mod kms;
mod master;
pub mod receipt;
mod tenant;

pub use self::{
    keyring::{Keyring, context},
    master::{MasterKeys, Wrapped},
    tenant::{Sealed, TenantKey},
};

/// Bytes of a key.
const KEY: usize = 32;
