//! One message goes to its channel.

use super::Shop;
use crate::{
    channels::{Parcel, SendError},
    domain::message::Message,
    recipients::Recipient,
};

/// Hands a message to the channel, for somebody as talent knows them now.
pub async fn run(shop: &Shop, message: &Message, recipient: &Recipient) -> Result<(), SendError> {
    if recipient.email.is_empty() {
        return Err(SendError::permanent("the candidate has no e-mail address"));
    }
    let now = shop.house.clock.now();
    let parcel = Parcel { message, address: &recipient.email, name: &recipient.display_name, now };
    shop.channel.send(parcel).await
}
