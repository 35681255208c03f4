//! `contact.proto` and `preferences.proto`: who may be written to, when, by whom, and why a message was not sent.

mod convert;
mod leases;
mod policies;
mod preferences;
mod suppressions;
mod why;

use chassis::{Db, House};
use tonic::service::Routes;
use usher_proto::outreach::v1::{
    contact_gate_service_server::ContactGateServiceServer, contact_lease_service_server::ContactLeaseServiceServer,
    contact_policy_service_server::ContactPolicyServiceServer, preference_service_server::PreferenceServiceServer,
    suppression_service_server::SuppressionServiceServer,
};

use crate::domain::token::TokenKey;

/// Adds these services.
pub fn routes(routes: Routes, db: &Db, house: &House, tokens: TokenKey) -> Routes {
    routes
        .add_service(ContactLeaseServiceServer::new(leases::Leases(db.clone())))
        .add_service(SuppressionServiceServer::new(suppressions::Suppressions {
            db: db.clone(),
            peers: house.peers.clone(),
        }))
        .add_service(ContactPolicyServiceServer::new(policies::Policies(db.clone())))
        .add_service(PreferenceServiceServer::new(preferences::Preferences { db: db.clone(), tokens }))
        .add_service(ContactGateServiceServer::new(why::Gates(db.clone())))
}
