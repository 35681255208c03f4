//! Transport only: opens the transaction, converts between protobuf and the domain.

mod contact;
mod convert;
mod messages;
pub mod subjects;
mod templates;

use std::sync::Arc;

use chassis::{Db, House};
use tokio::sync::Notify;
use tonic::service::Routes;
use usher_proto::outreach::v1::{
    message_service_server::MessageServiceServer, template_service_server::TemplateServiceServer,
};

pub fn routes(db: &Db, house: &House, queued: Arc<Notify>) -> Routes {
    let messages = messages::Messages { db: db.clone(), house: house.clone(), queued };
    let routes = Routes::new(MessageServiceServer::new(messages))
        .add_service(TemplateServiceServer::new(templates::Templates(db.clone())));
    contact::routes(routes, db, house)
}
