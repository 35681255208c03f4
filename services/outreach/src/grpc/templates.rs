//! `usher.outreach.v1.TemplateService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    CreateTemplateRequest, CreateTemplateResponse, GetTemplateRequest, GetTemplateResponse, ListTemplatesRequest,
    ListTemplatesResponse, template_service_server::TemplateService,
};

use super::convert;
use crate::{commands, queries};

pub struct Templates(pub Db);

#[tonic::async_trait]
impl TemplateService for Templates {
    async fn create_template(
        &self,
        request: Request<CreateTemplateRequest>,
    ) -> Result<Response<CreateTemplateResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let template = commands::create_template::run(tx, request).await?;
                Ok(CreateTemplateResponse { template: Some(convert::template(template)) })
            })
        });
        answer.await
    }

    async fn get_template(
        &self,
        request: Request<GetTemplateRequest>,
    ) -> Result<Response<GetTemplateResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let template = queries::template(tx, &request.template_id).await?;
                Ok(GetTemplateResponse { template: Some(convert::template(template)) })
            })
        });
        answer.await
    }

    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Result<Response<ListTemplatesResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (templates, next_page_token) = queries::list_templates(tx, &request).await?;
                let templates = templates.into_iter().map(convert::template).collect();
                Ok(ListTemplatesResponse { templates, next_page_token })
            })
        });
        answer.await
    }
}
