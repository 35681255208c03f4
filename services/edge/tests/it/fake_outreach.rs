//! Outreach, as simply as it can be played.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chassis::{Error, House, Parts, Schema, Service};
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::outreach::v1 as outreach;

use super::fakes::LINK;

/// Plays outreach: one link that works, and the wishes of whoever holds it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outreach(
    Arc<Mutex<Vec<(&'static str, outreach::Visitor)>>>,
    Arc<Mutex<Vec<outreach::Preference>>>,
    Arc<Mutex<Vec<outreach::ReceiveSignedReplyRequest>>>,
);

impl Outreach {
    /// What was noticed.
    pub(crate) fn seen(&self) -> Vec<(&'static str, outreach::Visitor)> {
        self.0.lock().unwrap().clone()
    }

    /// What was wished for.
    pub(crate) fn wishes(&self) -> Vec<outreach::Preference> {
        self.1.lock().unwrap().clone()
    }

    /// What was posted.
    pub(crate) fn posted(&self) -> Vec<outreach::ReceiveSignedReplyRequest> {
        self.2.lock().unwrap().clone()
    }

    fn url(token: &str) -> Result<String, Status> {
        match token {
            LINK => Ok("https://jobs.example.com/a?b=1&c=2".to_owned()),
            _ => Err(Error::unauthenticated("LINK_INVALID", "there is no such link").into()),
        }
    }
}

#[async_trait]
impl Service for Outreach {
    fn name(&self) -> &'static str {
        "outreach"
    }

    fn schema(&self) -> Option<Schema> {
        None
    }

    async fn open(&self, _: House) -> anyhow::Result<Parts> {
        let routes = Routes::new(outreach::tracking_service_server::TrackingServiceServer::new(self.clone()))
            .add_service(outreach::preference_service_server::PreferenceServiceServer::new(self.clone()))
            .add_service(outreach::reply_service_server::ReplyServiceServer::new(self.clone()));
        Ok(Parts { routes, ..Parts::default() })
    }
}

#[async_trait]
impl outreach::tracking_service_server::TrackingService for Outreach {
    async fn get_tracked_link(
        &self,
        request: Request<outreach::GetTrackedLinkRequest>,
    ) -> Result<Response<outreach::GetTrackedLinkResponse>, Status> {
        let url = Self::url(&request.get_ref().token)?;
        Ok(Response::new(outreach::GetTrackedLinkResponse { url, language: "en".to_owned() }))
    }

    async fn follow_tracked_link(
        &self,
        request: Request<outreach::FollowTrackedLinkRequest>,
    ) -> Result<Response<outreach::FollowTrackedLinkResponse>, Status> {
        let url = Self::url(&request.get_ref().token)?;
        self.0.lock().unwrap().push(("followed", request.get_ref().visitor()));
        Ok(Response::new(outreach::FollowTrackedLinkResponse { url }))
    }

    async fn record_opening(
        &self,
        request: Request<outreach::RecordOpeningRequest>,
    ) -> Result<Response<outreach::RecordOpeningResponse>, Status> {
        Self::url(&request.get_ref().token)?;
        self.0.lock().unwrap().push(("opened", request.get_ref().visitor()));
        Ok(Response::new(outreach::RecordOpeningResponse {}))
    }

    async fn list_visits(
        &self,
        _: Request<outreach::ListVisitsRequest>,
    ) -> Result<Response<outreach::ListVisitsResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }
}

#[async_trait]
impl outreach::preference_service_server::PreferenceService for Outreach {
    async fn get_preferences(
        &self,
        _: Request<outreach::GetPreferencesRequest>,
    ) -> Result<Response<outreach::GetPreferencesResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }

    async fn set_preferences(
        &self,
        _: Request<outreach::SetPreferencesRequest>,
    ) -> Result<Response<outreach::SetPreferencesResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }

    async fn get_my_preferences(
        &self,
        request: Request<outreach::GetMyPreferencesRequest>,
    ) -> Result<Response<outreach::GetMyPreferencesResponse>, Status> {
        Self::url(&request.get_ref().token)?;
        Ok(Response::new(outreach::GetMyPreferencesResponse {
            preferences: self.wishes(),
            purpose: outreach::ContactPurpose::Opportunities.into(),
            language: "zh-CN".to_owned(),
        }))
    }

    async fn set_my_preferences(
        &self,
        request: Request<outreach::SetMyPreferencesRequest>,
    ) -> Result<Response<outreach::SetMyPreferencesResponse>, Status> {
        Self::url(&request.get_ref().token)?;
        *self.1.lock().unwrap() = request.into_inner().preferences;
        Ok(Response::new(outreach::SetMyPreferencesResponse { preferences: self.wishes() }))
    }

    async fn one_click_unsubscribe(
        &self,
        request: Request<outreach::OneClickUnsubscribeRequest>,
    ) -> Result<Response<outreach::OneClickUnsubscribeResponse>, Status> {
        Self::url(&request.get_ref().token)?;
        *self.1.lock().unwrap() = vec![outreach::Preference {
            purpose: outreach::ContactPurpose::Opportunities.into(),
            allowed: false,
            ..outreach::Preference::default()
        }];
        let preferences = self.wishes();
        Ok(Response::new(outreach::OneClickUnsubscribeResponse { preferences, language: "zh-CN".to_owned() }))
    }
}

/// Takes what is signed `v1,good`.
#[async_trait]
impl outreach::reply_service_server::ReplyService for Outreach {
    async fn receive_signed_reply(
        &self,
        request: Request<outreach::ReceiveSignedReplyRequest>,
    ) -> Result<Response<outreach::ReceiveSignedReplyResponse>, Status> {
        let asked = request.into_inner();
        Self::url(&asked.token)?;
        match asked.webhook_signature.as_str() {
            "v1,good" => {}
            "v1,unknown" => return Err(Error::not_found("ADDRESS_UNKNOWN", "unknown").into()),
            "v1,away" => return Err(Error::unavailable("DATABASE_UNAVAILABLE", "away").into()),
            "v1,old" => return Err(Error::unauthenticated("SIGNATURE_EXPIRED", "old").into()),
            _ => return Err(Error::unauthenticated("SIGNATURE_INVALID", "wrong").into()),
        }
        self.2.lock().unwrap().push(asked);
        Ok(Response::new(outreach::ReceiveSignedReplyResponse { reply_id: "rpl_1".to_owned() }))
    }

    async fn receive_reply(
        &self,
        _: Request<outreach::ReceiveReplyRequest>,
    ) -> Result<Response<outreach::ReceiveReplyResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }

    async fn get_reply(
        &self,
        _: Request<outreach::GetReplyRequest>,
    ) -> Result<Response<outreach::GetReplyResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }

    async fn list_replies(
        &self,
        _: Request<outreach::ListRepliesRequest>,
    ) -> Result<Response<outreach::ListRepliesResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }

    async fn list_unmatched_replies(
        &self,
        _: Request<outreach::ListUnmatchedRepliesRequest>,
    ) -> Result<Response<outreach::ListUnmatchedRepliesResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }

    async fn assign_reply(
        &self,
        _: Request<outreach::AssignReplyRequest>,
    ) -> Result<Response<outreach::AssignReplyResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }

    async fn dismiss_reply(
        &self,
        _: Request<outreach::DismissReplyRequest>,
    ) -> Result<Response<outreach::DismissReplyResponse>, Status> {
        Err(Status::unimplemented("the edge does not call this"))
    }
}
