//! `InsightService`.

use chassis::{Db, wire};
use tonic::{Request, Response, Status};
use usher_proto::analytics::v1::{
    Effect, Insight, InsightState, ListInsightsRequest, ListInsightsResponse, RefreshInsightsRequest,
    RefreshInsightsResponse, insight_service_server::InsightService,
};

use super::wait;
use crate::{
    commands,
    domain::{
        difference::Share,
        insight::{finding::Finding, look::Look},
        wilson::{Interval, MINIMUM_N},
    },
    jobs::figures::Figures,
    queries::rate,
    store::{self, insights::Kept},
    ways_out::{charts::Lang, insights},
};

pub struct Insights {
    pub db: Db,
    pub figures: Figures,
}

#[tonic::async_trait]
impl InsightService for Insights {
    async fn list_insights(
        &self,
        request: Request<ListInsightsRequest>,
    ) -> Result<Response<ListInsightsResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let mut kept = store::insights::holding(tx).await?;
                if request.show_withdrawn {
                    kept.extend(store::insights::withdrawn(tx).await?);
                }
                let look_time = store::insights::looked(tx).await?.map(wire::timestamp);
                Ok(ListInsightsResponse { insights: told(kept), look_time })
            })
        });
        answer.await
    }

    async fn refresh_insights(
        &self,
        request: Request<RefreshInsightsRequest>,
    ) -> Result<Response<RefreshInsightsResponse>, Status> {
        wait(&self.figures, &request.get_ref().at_least).await?;
        let answer = self.db.write(request, |tx, _| {
            Box::pin(async move {
                let comparisons = commands::look::run(tx).await?;
                Ok(RefreshInsightsResponse {
                    insights: told(store::insights::holding(tx).await?),
                    comparisons: i32::try_from(comparisons).unwrap_or(i32::MAX),
                })
            })
        });
        answer.await
    }
}

/// What this program can say of what is kept.
fn told(kept: Vec<Kept>) -> Vec<Insight> {
    kept.into_iter().filter_map(|kept| kept.finding.look().map(|look| insight(&kept, look))).collect()
}

fn insight(kept: &Kept, look: &Look) -> Insight {
    let finding = &kept.finding;
    let Finding { one, other, .. } = finding;
    let is_holding = kept.withdraw_time.is_none();
    let action = insights::action(finding, look);
    let share = |(k, n): &Share| rate(*k, *n, MINIMUM_N);
    Insight {
        insight_id: kept.id.to_string(),
        kind: look.kind.into(),
        state: if is_holding { InsightState::Holding } else { InsightState::Withdrawn }.into(),
        withdrawal: kept.withdrawal.into(),
        sentence: insights::sentence(finding, look, Lang::En),
        sentence_zh: insights::sentence(finding, look, Lang::Zh),
        action: action.into(),
        advice: insights::advice(action, Lang::En).to_owned(),
        advice_zh: insights::advice(action, Lang::Zh).to_owned(),
        design: look.design().into(),
        value: finding.value.clone(),
        within: finding.within.clone(),
        other_value: finding.against.clone(),
        rate: Some(share(one)),
        other_rate: Some(share(other)),
        n: one.1 + other.1,
        difference: Some(effect(&finding.difference)),
        ratio: finding.ratio.as_ref().map(effect),
        confidence: finding.confidence,
        p_value: finding.p_value,
        q_value: finding.q_value,
        comparisons: i32::try_from(finding.comparisons).unwrap_or(i32::MAX),
        report: look.report.definition().name.to_owned(),
        query: Some(look.query(finding.days, Some(finding.within.as_str()).filter(|within| !within.is_empty()))),
        create_time: Some(wire::timestamp(kept.create_time)),
        confirm_time: Some(wire::timestamp(kept.confirm_time)),
        withdraw_time: kept.withdraw_time.map(wire::timestamp),
    }
}

fn effect(interval: &Interval) -> Effect {
    Effect { value: interval.value, lower: interval.lower, upper: interval.upper }
}
