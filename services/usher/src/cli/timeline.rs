//! `usher timeline CANDIDATE`

use std::process::ExitCode;

use usher_proto::talent::v1::{
    ListTimelineEntriesRequest, TimelineEntry, candidate_service_client::CandidateServiceClient,
};

use crate::{
    client::{Client, Target, explain},
    ui::say,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person: `cand_…`.
    candidate: String,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let client = args.target.connect().await?;
    print(&client, &args.candidate).await?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a person's timeline, oldest first, as a story is read.
pub async fn print(client: &Client, candidate: &str) -> anyhow::Result<()> {
    let mut entries = all(client, candidate).await?;
    entries.reverse();
    for entry in &entries {
        let time = entry.time.as_ref().and_then(|time| chassis::wire::instant("time", time).ok());
        let time = time.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
        say(format!("  {time}  {:<9} {}", entry.source, entry.summary));
    }
    Ok(())
}

/// A person's whole timeline, newest first.
pub async fn all(client: &Client, candidate: &str) -> anyhow::Result<Vec<TimelineEntry>> {
    let mut service = CandidateServiceClient::new(client.channel());
    let mut entries = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListTimelineEntriesRequest { candidate_id: candidate.to_owned(), page_size: 200, page_token };
        let page = service
            .list_timeline_entries(client.request(request))
            .await
            .map_err(|status| explain(&status))?
            .into_inner();
        entries.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(entries);
        }
    }
}
