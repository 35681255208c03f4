//! `usher.outreach.v1.PreferenceService`: staff come by a candidate's id, candidates by the link of a message.

use chassis::{Actor, Db, TenantCtx, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    GetMyPreferencesRequest, GetMyPreferencesResponse, GetPreferencesRequest, GetPreferencesResponse,
    OneClickUnsubscribeRequest, OneClickUnsubscribeResponse, SetMyPreferencesRequest, SetMyPreferencesResponse,
    SetPreferencesRequest, SetPreferencesResponse, preference_service_server::PreferenceService,
};

use super::convert;
use crate::{
    commands,
    domain::{
        gate::nature,
        message::{Message, MessageId},
        token::{self, Purpose, TokenKey},
    },
    queries, store,
};

pub struct Preferences {
    pub db: Db,
    pub tokens: TokenKey,
}

impl Preferences {
    /// Opens a transaction in the name of whoever got the message that a link came with.
    async fn enter(&self, token: &str) -> chassis::Result<(TenantTx, Message)> {
        let token = self.tokens.read(Purpose::Preferences, token)?;
        let mut tx = self.db.begin(&TenantCtx { tenant: token.tenant, actor: Actor::candidate() }).await?;
        let message =
            store::messages::get(&mut tx, MessageId(token.subject)).await.map_err(|error| match error.code() {
                tonic::Code::NotFound => token::invalid(),
                _ => error,
            })?;
        Ok((tx, message))
    }
}

#[tonic::async_trait]
impl PreferenceService for Preferences {
    async fn get_preferences(
        &self,
        request: Request<GetPreferencesRequest>,
    ) -> Result<Response<GetPreferencesResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let candidate = wire::id("candidate_id", &request.candidate_id)?;
                let wishes = queries::contact::wishes(tx, candidate).await?;
                Ok(GetPreferencesResponse { preferences: convert::preferences(&wishes) })
            })
        });
        answer.await
    }

    async fn set_preferences(
        &self,
        request: Request<SetPreferencesRequest>,
    ) -> Result<Response<SetPreferencesResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let candidate = wire::id("candidate_id", &request.candidate_id)?;
                commands::preferences::set(tx, candidate, &request.preferences, &request.reason).await?;
                let wishes = queries::contact::wishes(tx, candidate).await?;
                Ok(SetPreferencesResponse { preferences: convert::preferences(&wishes) })
            })
        });
        answer.await
    }

    async fn get_my_preferences(
        &self,
        request: Request<GetMyPreferencesRequest>,
    ) -> Result<Response<GetMyPreferencesResponse>, Status> {
        let (mut tx, message) = self.enter(&request.get_ref().token).await?;
        let wishes = queries::contact::wishes(&mut tx, commands::preferences::reader(&message)?).await?;
        Ok(Response::new(GetMyPreferencesResponse {
            preferences: convert::preferences(&wishes),
            purpose: nature::of_draft(&message.draft).purpose.into(),
            language: message.language,
        }))
    }

    async fn set_my_preferences(
        &self,
        request: Request<SetMyPreferencesRequest>,
    ) -> Result<Response<SetMyPreferencesResponse>, Status> {
        let asked = request.into_inner();
        let (mut tx, message) = self.enter(&asked.token).await?;
        let candidate = commands::preferences::reader(&message)?;
        let reason = format!("the link of {}", message.id);
        commands::preferences::set(&mut tx, candidate, &asked.preferences, &reason).await?;
        let wishes = queries::contact::wishes(&mut tx, candidate).await?;
        tx.commit().await?;
        Ok(Response::new(SetMyPreferencesResponse { preferences: convert::preferences(&wishes) }))
    }

    async fn one_click_unsubscribe(
        &self,
        request: Request<OneClickUnsubscribeRequest>,
    ) -> Result<Response<OneClickUnsubscribeResponse>, Status> {
        let (mut tx, message) = self.enter(&request.get_ref().token).await?;
        let reason = format!("one click in {}", message.id);
        commands::preferences::unsubscribe(&mut tx, &message, &reason).await?;
        let wishes = queries::contact::wishes(&mut tx, commands::preferences::reader(&message)?).await?;
        tx.commit().await?;
        let preferences = convert::preferences(&wishes);
        Ok(Response::new(OneClickUnsubscribeResponse { preferences, language: message.language }))
    }
}
