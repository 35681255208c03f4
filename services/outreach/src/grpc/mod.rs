//! Transport only: opens the transaction, converts between protobuf and the domain.

mod convert;
mod delivery;
mod messages;
pub mod subjects;
mod templates;

use tonic::service::Routes;
use usher_proto::outreach::v1::{
    delivery_service_server::DeliveryServiceServer, message_service_server::MessageServiceServer,
    template_service_server::TemplateServiceServer,
};

use crate::jobs::{Shop, crowd::Crowd};

pub fn routes(shop: &Shop, crowd: Crowd) -> Routes {
    Routes::new(MessageServiceServer::new(messages::Messages { shop: shop.clone(), crowd }))
        .add_service(DeliveryServiceServer::new(delivery::Deliveries(shop.clone())))
        .add_service(TemplateServiceServer::new(templates::Templates(shop.db.clone())))
}
