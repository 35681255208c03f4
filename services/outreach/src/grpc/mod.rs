//! Transport only: opens the transaction, converts between protobuf and the domain.

mod channels;
mod clarity;
mod contact;
mod convert;
mod convert_clarity;
mod convert_templates;
mod delivery;
mod experiments;
mod messages;
mod replies;
pub mod subjects;
mod templates;
mod tracking;

use tonic::service::Routes;
use usher_proto::outreach::v1::{
    channel_service_server::ChannelServiceServer, clarity_service_server::ClarityServiceServer,
    delivery_service_server::DeliveryServiceServer, experiment_service_server::ExperimentServiceServer,
    message_service_server::MessageServiceServer, template_service_server::TemplateServiceServer,
    tracking_service_server::TrackingServiceServer,
};

use crate::{
    jobs::{Shop, crowd::Crowd},
    letterbox::Letterbox,
};

pub fn routes(shop: &Shop, crowd: Crowd) -> Routes {
    let (db, house, tokens) = (&shop.db, &shop.house, &shop.tokens);
    let tracking = tracking::Tracking { db: db.clone(), house: house.clone(), tokens: tokens.clone() };
    let messages = messages::Messages { shop: shop.clone(), crowd };
    let channels = channels::Channels { db: db.clone(), house: house.clone(), rack: shop.rack.clone() };
    let templates = templates::Templates { shop: shop.clone() };
    let routes = Routes::new(MessageServiceServer::new(messages))
        .add_service(DeliveryServiceServer::new(delivery::Deliveries(shop.clone())))
        .add_service(ChannelServiceServer::new(channels))
        .add_service(ClarityServiceServer::new(clarity::Clarity(db.clone())))
        .add_service(TemplateServiceServer::new(templates))
        .add_service(ExperimentServiceServer::new(experiments::Experiments(db.clone())))
        .add_service(TrackingServiceServer::new(tracking));
    let letterbox = Letterbox { db: db.clone(), addresses: shop.addresses.clone() };
    let routes = replies::routes(routes, letterbox, tokens.clone(), &house.public_url);
    contact::routes(routes, db, house, tokens.clone())
}
