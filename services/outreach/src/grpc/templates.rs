//! `usher.outreach.v1.TemplateService`.

use chassis::Caller;
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    ArchiveTemplateRequest, ArchiveTemplateResponse, CreateTemplateRequest, CreateTemplateResponse,
    DescribeKindsRequest, DescribeKindsResponse, GetTemplateRequest, GetTemplateResponse, ListTemplatesRequest,
    ListTemplatesResponse, PreviewTemplateRequest, PreviewTemplateResponse, PublishTemplateRequest,
    PublishTemplateResponse, UpdateTemplateRequest, UpdateTemplateResponse, template_service_server::TemplateService,
};

use super::{convert_clarity, convert_templates as convert};
use crate::{
    commands,
    domain::{facts, render},
    jobs::Shop,
    queries,
};

pub struct Templates {
    pub shop: Shop,
}

#[tonic::async_trait]
impl TemplateService for Templates {
    async fn describe_kinds(
        &self,
        _: Request<DescribeKindsRequest>,
    ) -> Result<Response<DescribeKindsResponse>, Status> {
        let kinds = facts::KINDS.iter().map(|kind| convert::kind(*kind)).collect();
        let filters = render::FILTERS.iter().map(|name| (*name).to_owned()).collect();
        Ok(Response::new(DescribeKindsResponse { kinds, filters }))
    }

    async fn create_template(
        &self,
        request: Request<CreateTemplateRequest>,
    ) -> Result<Response<CreateTemplateResponse>, Status> {
        let answer = self.shop.db.write(request, |tx, request| {
            Box::pin(async move {
                let kind = request.kind();
                let written = convert::written(request.variants);
                let template = commands::create_template::run(tx, kind, &request.name, written).await?;
                Ok(CreateTemplateResponse { template: Some(convert::template(template)) })
            })
        });
        answer.await
    }

    async fn update_template(
        &self,
        request: Request<UpdateTemplateRequest>,
    ) -> Result<Response<UpdateTemplateResponse>, Status> {
        let answer = self.shop.db.write(request, |tx, request| {
            Box::pin(async move {
                let written = convert::written(request.variants);
                let template = commands::update_template::run(tx, &request.template_id, written, &request.etag).await?;
                Ok(UpdateTemplateResponse { template: Some(convert::template(template)) })
            })
        });
        answer.await
    }

    async fn publish_template(
        &self,
        request: Request<PublishTemplateRequest>,
    ) -> Result<Response<PublishTemplateResponse>, Status> {
        let answer = self.shop.db.write(request, |tx, request| {
            Box::pin(async move {
                let (template, samples) =
                    commands::publish_template::run(tx, &request.template_id, &request.etag).await?;
                let warnings = convert_clarity::warnings(&samples);
                Ok(PublishTemplateResponse { template: Some(convert::template(template)), warnings })
            })
        });
        answer.await
    }

    async fn archive_template(
        &self,
        request: Request<ArchiveTemplateRequest>,
    ) -> Result<Response<ArchiveTemplateResponse>, Status> {
        let answer = self.shop.db.write(request, |tx, request| {
            Box::pin(async move {
                let template = commands::archive_template::run(tx, &request.template_id, &request.etag).await?;
                Ok(ArchiveTemplateResponse { template: Some(convert::template(template)) })
            })
        });
        answer.await
    }

    async fn get_template(
        &self,
        request: Request<GetTemplateRequest>,
    ) -> Result<Response<GetTemplateResponse>, Status> {
        let answer = self.shop.db.read(request, |tx, request| {
            Box::pin(async move {
                let template = queries::templates::get(tx, &request.template_id).await?;
                Ok(GetTemplateResponse { template: Some(convert::template(template)) })
            })
        });
        answer.await
    }

    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Result<Response<ListTemplatesResponse>, Status> {
        let answer = self.shop.db.read(request, |tx, request| {
            Box::pin(async move {
                let (templates, next_page_token) = queries::templates::list(tx, &request).await?;
                let templates = templates.into_iter().map(convert::template).collect();
                Ok(ListTemplatesResponse { templates, next_page_token })
            })
        });
        answer.await
    }

    async fn preview_template(
        &self,
        request: Request<PreviewTemplateRequest>,
    ) -> Result<Response<PreviewTemplateResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let asked = request.into_inner();
        let mut tx = self.shop.db.begin(&ctx).await?;
        let template = queries::templates::get(&mut tx, &asked.template_id).await?;
        let now = tx.now();
        // Nothing is held while others are asked.
        drop(tx);
        let (candidate_id, facts, language) = (asked.candidate_id, asked.facts, asked.language);
        let look = commands::preview_template::Look { template, candidate_id, facts, language };
        let (seen, html) = commands::preview_template::run(self.shop.sources(), ctx.tenant, look, now).await?;
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        Ok(Response::new(PreviewTemplateResponse {
            template_id: seen.template_id,
            language: seen.language,
            subject: seen.subject,
            text: seen.text,
            html,
            used_variables: owned(seen.used),
            empty_variables: owned(seen.passed_over),
        }))
    }
}
