//! `usher.ats.v1.SettingsService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    GetSettingsRequest, GetSettingsResponse, UpdateSettingsRequest, UpdateSettingsResponse,
    settings_service_server::SettingsService,
};

use super::convert;
use crate::{commands, store};

pub struct Settings(pub Db);

#[tonic::async_trait]
impl SettingsService for Settings {
    async fn get_settings(
        &self,
        request: Request<GetSettingsRequest>,
    ) -> Result<Response<GetSettingsResponse>, Status> {
        let answer = self.0.read(request, |tx, _| {
            Box::pin(async move {
                let settings = store::settings::get(tx).await?;
                Ok(GetSettingsResponse { settings: Some(convert::settings(settings)) })
            })
        });
        answer.await
    }

    async fn update_settings(
        &self,
        request: Request<UpdateSettingsRequest>,
    ) -> Result<Response<UpdateSettingsResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let settings = commands::update_settings::run(tx, request).await?;
                Ok(UpdateSettingsResponse { settings: Some(convert::settings(settings)) })
            })
        });
        answer.await
    }
}
