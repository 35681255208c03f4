//! `usher.ats.v1.SettingsService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    GetSettingsRequest, GetSettingsResponse, UpdateSettingsRequest, UpdateSettingsResponse,
    settings_service_server::SettingsService,
};

use super::convert;
use crate::{commands, domain::cadence::Cadence, store};

pub struct Settings {
    pub db: Db,
    pub cadence: Cadence,
}

#[tonic::async_trait]
impl SettingsService for Settings {
    async fn get_settings(
        &self,
        request: Request<GetSettingsRequest>,
    ) -> Result<Response<GetSettingsResponse>, Status> {
        let cadence = self.cadence;
        let answer = self.db.read(request, move |tx, _| {
            Box::pin(async move {
                let settings = store::settings::get(tx).await?;
                Ok(GetSettingsResponse { settings: Some(convert::settings(settings, &cadence)) })
            })
        });
        answer.await
    }

    async fn update_settings(
        &self,
        request: Request<UpdateSettingsRequest>,
    ) -> Result<Response<UpdateSettingsResponse>, Status> {
        let cadence = self.cadence;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let settings = commands::update_settings::run(tx, request).await?;
                Ok(UpdateSettingsResponse { settings: Some(convert::settings(settings, &cadence)) })
            })
        });
        answer.await
    }
}
