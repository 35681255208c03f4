//! The calls to ats. The edge vouches for itself; the link says whose page it is.

use std::time::Duration;

use chassis::{Error, Result, wire};
use chrono::{DateTime, FixedOffset, Utc};
use tonic::{Code, Request, transport::Channel};
use usher_proto::ats::v1::{
    AcceptOfferRequest, AnswerReason, Centre, ConfirmInterviewRequest, DeclineInterviewRequest, DeclineOfferRequest,
    GetCentreRequest, RequestOtherTimeRequest, TakeOfferedTimeRequest, WithdrawFromJobRequest,
    candidate_centre_service_client::CandidateCentreServiceClient,
};

use super::notice::Notice;
use crate::{App, failure::Failure, token::Token, visitor::Visit};

/// Somebody is waiting in front of a screen.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a candidate can do.
#[derive(Debug)]
pub enum Act {
    /// They will come.
    Confirm,
    /// They need another time.
    AskOtherTime {
        /// Why.
        reason: AnswerReason,
        /// What they say about it.
        note: String,
    },
    /// They pick one of the offered times.
    Take {
        /// Which.
        start: DateTime<FixedOffset>,
    },
    /// They will not come.
    Decline {
        /// Why.
        reason: AnswerReason,
        /// What they say about it.
        note: String,
    },
    /// They do not want the job.
    Withdraw {
        /// What they say about it.
        note: String,
    },
    /// They take the job.
    AcceptOffer,
    /// They do not take the offer.
    DeclineOffer {
        /// What they say about it.
        note: String,
    },
}

impl Act {
    /// What was written with it.
    pub fn note(&self) -> &str {
        match self {
            Self::AskOtherTime { note, .. }
            | Self::Decline { note, .. }
            | Self::Withdraw { note }
            | Self::DeclineOffer { note } => note,
            Self::Confirm | Self::Take { .. } | Self::AcceptOffer => "",
        }
    }

    /// What is said when it is done.
    pub fn notice(&self) -> Notice {
        match self {
            Self::Confirm => Notice::Confirmed,
            Self::AskOtherTime { .. } => Notice::Asked,
            Self::Take { .. } => Notice::Taken,
            Self::Decline { .. } => Notice::Declined,
            Self::Withdraw { .. } => Notice::Withdrawn,
            Self::AcceptOffer => Notice::OfferAccepted,
            Self::DeclineOffer { .. } => Notice::OfferDeclined,
        }
    }
}

/// What the link's holder may know.
pub async fn look(app: &App, token: &Token, visit: &Visit) -> Result<Centre, Failure> {
    let get = async {
        let request = request(app, GetCentreRequest { token: token.to_string(), visitor: visit.visitor.into() })?;
        let answer = client(app)?.get_centre(request).await?.into_inner();
        answer.centre.ok_or_else(|| Error::internal("ats answered without a centre", &"centre is unset"))
    };
    get.await.map_err(failure)
}

/// Does what the link's holder asks.
pub async fn act(app: &App, token: &Token, revision: String, act: Act) -> Result<()> {
    let mut ats = client(app)?;
    let token = token.as_str().to_owned();
    match act {
        Act::Confirm => {
            ats.confirm_interview(request(app, ConfirmInterviewRequest { token, revision })?).await?;
        }
        Act::AskOtherTime { reason, note } => {
            let reason = reason.into();
            ats.request_other_time(request(app, RequestOtherTimeRequest { token, revision, note, reason })?).await?;
        }
        Act::Decline { reason, note } => {
            let reason = reason.into();
            ats.decline_interview(request(app, DeclineInterviewRequest { token, revision, note, reason })?).await?;
        }
        Act::Take { start } => {
            let start_time = Some(wire::timestamp(start.with_timezone(&Utc)));
            ats.take_offered_time(request(app, TakeOfferedTimeRequest { token, revision, start_time })?).await?;
        }
        Act::Withdraw { note } => {
            ats.withdraw_from_job(request(app, WithdrawFromJobRequest { token, revision, note })?).await?;
        }
        Act::AcceptOffer => {
            ats.accept_offer(request(app, AcceptOfferRequest { token, revision })?).await?;
        }
        Act::DeclineOffer { note } => {
            ats.decline_offer(request(app, DeclineOfferRequest { token, revision, note })?).await?;
        }
    }
    Ok(())
}

/// What a refusal means where no notice fits. A link that ats does not accept is a page that does not exist.
pub fn failure(error: Error) -> Failure {
    match error.code() {
        Code::Unauthenticated if error.reason() == "LINK_INVALID" => Failure::NotFound,
        Code::InvalidArgument => Failure::Unreadable,
        _ => error.into(),
    }
}

fn client(app: &App) -> Result<CandidateCentreServiceClient<Channel>> {
    Ok(CandidateCentreServiceClient::new(app.peers.channel("ats")?))
}

fn request<M>(app: &App, message: M) -> Result<Request<M>> {
    let mut request = app.peers.request(None, message)?;
    request.set_timeout(PATIENCE);
    Ok(request)
}
