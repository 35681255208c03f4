//! Transport only: opens the transaction, converts between protobuf and the domain.

mod api_keys;
mod clock;
mod convert;
mod tenants;
mod tokens;
mod users;

use std::sync::Arc;

use chassis::Db;
use tonic::service::Routes;
use usher_proto::accounts::v1::{
    api_key_service_server::ApiKeyServiceServer, clock_service_server::ClockServiceServer,
    tenant_service_server::TenantServiceServer, token_service_server::TokenServiceServer,
    user_service_server::UserServiceServer,
};

use crate::BuiltInIssuer;

pub fn routes(db: &Db, issuer: Option<Arc<BuiltInIssuer>>) -> Routes {
    Routes::new(TenantServiceServer::new(tenants::Tenants(db.clone())))
        .add_service(UserServiceServer::new(users::Users(db.clone())))
        .add_service(ApiKeyServiceServer::new(api_keys::Keys(db.clone())))
        .add_service(TokenServiceServer::new(tokens::Tokens { db: db.clone(), issuer }))
        .add_service(ClockServiceServer::new(clock::Hands(db.clock().clone())))
}
