//! `usher.outreach.v1.ClarityService`.

use chassis::{Caller, Db, Error, Result};
use clarity::{Tuning, rules};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    GetClaritySettingsRequest, GetClaritySettingsResponse, LintTemplateRequest, LintTemplateResponse, LintTextRequest,
    LintTextResponse, ListClarityRulesRequest, ListClarityRulesResponse, MessageKind, UpdateClaritySettingsRequest,
    UpdateClaritySettingsResponse, clarity_service_server::ClarityService,
};

use super::{convert_clarity as convert, convert_templates};
use crate::{
    commands,
    domain::{
        clear::{self, Reading, Text},
        template::{self, Template},
        variables::Values,
    },
    queries, store,
};

pub struct Clarity(pub Db);

#[tonic::async_trait]
impl ClarityService for Clarity {
    async fn lint_text(&self, request: Request<LintTextRequest>) -> Result<Response<LintTextResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let asked = request.into_inner();
        let mut tx = self.0.begin(&ctx).await?;
        let tuning = store::clarity::get(&mut tx).await?.tuning();
        drop(tx);
        // A text may be long, and made to take long.
        let reading = tokio::task::spawn_blocking(move || read(&asked, &tuning)).await;
        let reading = reading.map_err(|error| Error::internal("a text could not be read", &error))?;
        Ok(Response::new(LintTextResponse {
            verdict: convert::verdict(reading.worst()).into(),
            score: reading.score.into(),
            findings: convert::findings(&reading, ""),
        }))
    }

    async fn lint_template(
        &self,
        request: Request<LintTemplateRequest>,
    ) -> Result<Response<LintTemplateResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let asked = request.into_inner();
        let mut tx = self.0.begin(&ctx).await?;
        let tuning = store::clarity::get(&mut tx).await?.tuning();
        let now = tx.now();
        let template = if asked.template_id.is_empty() {
            unwritten(asked, now)?
        } else {
            expect_alone(&asked)?;
            queries::templates::get(&mut tx, &asked.template_id).await?
        };
        drop(tx);
        let samples = tokio::task::spawn_blocking(move || clear::template::read(&template, &tuning, now)).await;
        let samples = samples.map_err(|error| Error::internal("a template could not be read", &error))??;
        Ok(Response::new(LintTemplateResponse {
            verdict: convert::verdict(samples.iter().filter_map(|sample| sample.reading.worst()).max()).into(),
            variants: samples.into_iter().map(convert::variant).collect(),
        }))
    }

    async fn list_clarity_rules(
        &self,
        request: Request<ListClarityRulesRequest>,
    ) -> Result<Response<ListClarityRulesResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let settings = store::clarity::get(tx).await?;
                let kind = request.kind();
                let is_asked_for =
                    |rule: &&clarity::Rule| kind == MessageKind::Unspecified || rule.kinds.contains(&clear::kind(kind));
                let rules = rules().iter().filter(is_asked_for);
                let rules = rules.map(|rule| convert::rule_of(rule, &settings)).collect();
                Ok(ListClarityRulesResponse { rules })
            })
        });
        answer.await
    }

    async fn get_clarity_settings(
        &self,
        request: Request<GetClaritySettingsRequest>,
    ) -> Result<Response<GetClaritySettingsResponse>, Status> {
        let answer = self.0.read(request, |tx, _| {
            Box::pin(async move {
                let settings = convert::settings(&store::clarity::get(tx).await?);
                Ok(GetClaritySettingsResponse { settings: Some(settings) })
            })
        });
        answer.await
    }

    async fn update_clarity_settings(
        &self,
        request: Request<UpdateClaritySettingsRequest>,
    ) -> Result<Response<UpdateClaritySettingsResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let wishes = convert::wishes(request.settings.unwrap_or_default().settings);
                let settings = commands::update_clarity::run(tx, wishes, &request.etag).await?;
                Ok(UpdateClaritySettingsResponse { settings: Some(convert::settings(&settings)) })
            })
        });
        answer.await
    }
}

fn read(asked: &LintTextRequest, tuning: &Tuning) -> Reading {
    let text = Text { kind: asked.kind(), language: &asked.language, subject: &asked.subject, body: &asked.body };
    Reading::of(text, &Values::default(), tuning)
}

/// Texts that are still to be written down. Errors: `TEMPLATE_OR_TEXTS`, `KIND_REQUIRED`, as `CreateTemplate`.
fn unwritten(asked: LintTemplateRequest, now: chrono::DateTime<chrono::Utc>) -> Result<Template> {
    let kind = asked.kind();
    if asked.variants.is_empty() {
        return Err(neither_nor());
    }
    if kind == MessageKind::Unspecified {
        return Err(Error::invalid("kind", "KIND_REQUIRED", "is required with texts: each kind has rules of its own"));
    }
    let variants = template::variants(kind, convert_templates::written(asked.variants))?;
    Ok(Template::draft(kind, "", variants, now))
}

fn expect_alone(asked: &LintTemplateRequest) -> Result<()> {
    if asked.variants.is_empty() { Ok(()) } else { Err(neither_nor()) }
}

fn neither_nor() -> Error {
    Error::invalid("template_id", "TEMPLATE_OR_TEXTS", "name a template, or bring texts with their kind; not both")
}
