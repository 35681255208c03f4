//! How a process of Usher lives.
//!
//! | module | what it owns |
//! |---|---|
//! | [`config`] | layered settings: compiled-in defaults, a file, the environment; contradictions stop the start |
//! | [`telemetry`] | logs, traces and metrics, and the way a trace crosses gRPC, Redis and the outbox |
//! | [`stack`] | the tower stack that every RPC passes, as one commented list |
//! | [`auth`] | tokens: who calls, checked against a JWKS; the key by which the services vouch for each other |
//! | [`caller`] | the caller, the tenant and who is to be named for a change |
//! | [`db`] | transactions that see one tenant, and a whole RPC around one |
//! | [`idempotency`] | the same request twice: one effect, the same answer |
//! | [`incoming`] | a file that comes in as a stream, and the reports that go back |
//! | [`migrate`](mod@migrate) | schemas, roles and row-level security |
//! | [`service`] | what a service is, what it is given, and how a process runs several |
//! | [`peers`] | calling another service of the suite |
//! | [`health`] | readiness that tells the truth |
//! | [`error`], [`ids`], [`clock`], [`wire`], [`vault`] | the small things that everything uses |
//!
//! It knows no business noun beyond tenants and roles.

pub mod auth;
pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod health;
pub mod idempotency;
pub mod ids;
pub mod incoming;
pub mod migrate;
pub mod peers;
pub mod service;
pub mod stack;
pub mod subjects;
pub mod telemetry;
pub mod vault;
pub mod wire;

pub use caller::{Actor, Caller, TenantCtx};
pub use clock::Clock;
pub use db::{Db, SystemTx, TenantTx};
pub use error::{Error, OnConstraint, Result};
pub use ids::TenantId;
pub use migrate::{Schema, migrate};
pub use service::{House, Parts, Service};
