//! Transport only: opens the transaction, converts between protobuf and the domain.

mod convert;
mod convert_templates;
mod experiments;
mod messages;
pub mod subjects;
mod templates;

use std::sync::Arc;

use chassis::{Db, House};
use tokio::sync::Notify;
use tonic::service::Routes;
use usher_proto::outreach::v1::{
    experiment_service_server::ExperimentServiceServer, message_service_server::MessageServiceServer,
    template_service_server::TemplateServiceServer,
};

pub fn routes(db: &Db, house: &House, queued: Arc<Notify>) -> Routes {
    let messages = messages::Messages { db: db.clone(), house: house.clone(), queued };
    let templates = templates::Templates { db: db.clone(), house: house.clone() };
    Routes::new(MessageServiceServer::new(messages))
        .add_service(TemplateServiceServer::new(templates))
        .add_service(ExperimentServiceServer::new(experiments::Experiments(db.clone())))
}
