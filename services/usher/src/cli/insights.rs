//! `usher insights`: what the figures say to do.

use std::process::ExitCode;

use usher_proto::{
    analytics::v1::{
        Dimension, Insight, ListInsightsRequest, RefreshInsightsRequest, insight_service_client::InsightServiceClient,
    },
    word,
};

use crate::{
    client::{Target, explain},
    ui::say,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Look now; by itself that happens every night.
    #[arg(long)]
    refresh: bool,
    /// `zh-CN` or `en`.
    #[arg(long, default_value = "en")]
    lang: String,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let client = args.target.connect().await?;
    let mut service = InsightServiceClient::new(client.channel());
    let insights = if args.refresh {
        let looked = service.refresh_insights(client.request(RefreshInsightsRequest::default())).await;
        looked.map_err(|status| explain(&status))?.into_inner().insights
    } else {
        let listed = service.list_insights(client.request(ListInsightsRequest::default())).await;
        listed.map_err(|status| explain(&status))?.into_inner().insights
    };
    if insights.is_empty() {
        say("Nothing can be told from luck, or nobody has looked yet (--refresh).");
    }
    for (number, insight) in insights.iter().enumerate() {
        print(number + 1, insight, &args.lang);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(number: usize, insight: &Insight, lang: &str) {
    let (sentence, advice) =
        if lang == "zh-CN" { (&insight.sentence_zh, &insight.advice_zh) } else { (&insight.sentence, &insight.advice) };
    say(format!("{number:>2}. {sentence}"));
    say(format!("    {advice}"));
    say(format!("    q = {:.1e}, {} comparisons; {}", insight.q_value, insight.comparisons, question(insight)));
}

/// How the report is asked that shows it.
fn question(insight: &Insight) -> String {
    let query = insight.query.clone().unwrap_or_default();
    let name = |dimension: Dimension| word(dimension.as_str_name(), "DIMENSION_");
    let by: Vec<String> = query.group_by().map(name).collect();
    let mut told = format!("usher report {} --by {}", insight.report, by.join(","));
    for filter in &query.filters {
        told += &format!(" --where {}={}", name(filter.dimension()), filter.values.concat());
    }
    let period = query.period.unwrap_or_default();
    told + &format!(" --start {} --end {}", period.start_date, period.end_date)
}
