//! Transport only: opens the transaction, converts between protobuf and the domain.

mod applications;
mod briefs;
mod cadences;
mod calendars;
mod centre;
mod convert;
mod history;
mod interviews;
mod jobs;
mod offers;
mod onboardings;
mod settings;
pub mod subjects;
mod tasks;
mod watch;

use chassis::{Db, House};
use outbox::Tap;
use tonic::service::Routes;
use usher_proto::ats::v1::{
    application_service_server::ApplicationServiceServer, cadence_service_server::CadenceServiceServer,
    calendar_service_server::CalendarServiceServer, candidate_centre_service_server::CandidateCentreServiceServer,
    history_service_server::HistoryServiceServer, interview_service_server::InterviewServiceServer,
    job_service_server::JobServiceServer, offer_service_server::OfferServiceServer,
    onboarding_service_server::OnboardingServiceServer, settings_service_server::SettingsServiceServer,
    task_service_server::TaskServiceServer,
};

use crate::domain::{cadence::Cadence, link::LinkKey};

pub fn routes(db: &Db, cadence: Cadence, key: LinkKey, house: &House, tap: Tap) -> Routes {
    let watches = watch::Watches::new(db.clone(), tap, house.stop.clone());
    Routes::new(JobServiceServer::new(jobs::Jobs(db.clone())))
        .add_service(ApplicationServiceServer::new(applications::Applications(db.clone())))
        .add_service(InterviewServiceServer::new(interviews::Interviews { db: db.clone(), cadence }))
        .add_service(OfferServiceServer::new(offers::Offers { db: db.clone(), cadence }))
        .add_service(OnboardingServiceServer::new(onboardings::Onboardings(db.clone())))
        .add_service(CadenceServiceServer::new(cadences::Cadences { db: db.clone(), cadence }))
        .add_service(CalendarServiceServer::new(calendars::Calendars(db.clone())))
        .add_service(HistoryServiceServer::new(history::History { db: db.clone(), stop: house.stop.clone() }))
        .add_service(SettingsServiceServer::new(settings::Settings { db: db.clone(), cadence }))
        .add_service(TaskServiceServer::new(tasks::Tasks { db: db.clone(), peers: house.peers.clone(), watches }))
        .add_service(CandidateCentreServiceServer::new(centre::Centre { db: db.clone(), cadence, key }))
}
