//! Transport only: opens the transaction, converts between protobuf and the domain.

mod channels;
mod contact;
mod convert;
mod messages;
pub mod subjects;
mod templates;
mod tracking;

use std::sync::Arc;

use chassis::{Db, House};
use tokio::sync::Notify;
use tonic::service::Routes;
use usher_proto::outreach::v1::{
    channel_service_server::ChannelServiceServer, message_service_server::MessageServiceServer,
    template_service_server::TemplateServiceServer, tracking_service_server::TrackingServiceServer,
};

use crate::{channels::rack::Rack, domain::token::TokenKey};

pub fn routes(db: &Db, house: &House, rack: &Arc<Rack>, queued: Arc<Notify>, tokens: TokenKey) -> Routes {
    let tracking = tracking::Tracking { db: db.clone(), house: house.clone(), tokens: tokens.clone() };
    let messages = messages::Messages { db: db.clone(), house: house.clone(), rack: rack.clone(), queued };
    let channels = channels::Channels { db: db.clone(), house: house.clone(), rack: rack.clone() };
    let routes = Routes::new(MessageServiceServer::new(messages))
        .add_service(ChannelServiceServer::new(channels))
        .add_service(TemplateServiceServer::new(templates::Templates(db.clone())))
        .add_service(TrackingServiceServer::new(tracking));
    contact::routes(routes, db, house, tokens)
}
