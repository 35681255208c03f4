//! What outreach answered is noted.

use chassis::{Result, TenantTx};

use crate::{
    domain::campaign::{
        BusinessKey,
        member::{Member, Word},
    },
    store,
};

/// It has the message. Whether it goes out is said by an event.
pub async fn taken(tx: &mut TenantTx, key: &BusinessKey, message_id: &str) -> Result<()> {
    store::campaign_messages::taken(tx, key, message_id).await
}

/// It does not send such a message.
pub async fn refused(tx: &mut TenantTx, key: &BusinessKey, reason: &str) -> Result<()> {
    told(tx, key, &Word::Refused(reason.to_owned())).await?;
    store::campaign_messages::delete(tx, key).await
}

/// The message was taken back, or never was there.
pub async fn recalled(tx: &mut TenantTx, key: &BusinessKey) -> Result<()> {
    store::campaign_messages::delete(tx, key).await
}

/// It was too late to take the message back.
pub async fn not_recalled(tx: &mut TenantTx, key: &BusinessKey) -> Result<()> {
    store::campaign_messages::keep(tx, key).await
}

/// Changes how somebody stands by what became of a message.
pub async fn told(tx: &mut TenantTx, key: &BusinessKey, word: &Word) -> Result<()> {
    let Some(mut member) = store::campaign_members::lock(tx, key.campaign, key.candidate).await? else {
        return Ok(());
    };
    let campaign = store::campaigns::get(tx, key.campaign).await?;
    let before: Member = member.clone();
    member.told(&campaign, key.step, word);
    if member != before {
        store::campaign_members::update(tx, std::slice::from_ref(&member)).await?;
    }
    Ok(())
}
