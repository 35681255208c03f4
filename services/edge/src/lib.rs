//! The edge: Usher over HTTP, for people with a browser.
//!
//! It keeps nothing. Every page is made from what the other services answer over gRPC, and every form turns into one
//! call. A candidate is known by the link that a message brought; a recruiter by a token that a cookie holds and that is
//! passed on as it is, so that the other services decide what it may do.
//!
//! | module | what it owns |
//! |---|---|
//! | `pages` | which address leads where, and the layers around all of it, as one commented list |
//! | `centre` | `/c/…`: what a candidate sees of an interview, and their answer |
//! | `tracked` | `/l/…`, `/o/…`: links of messages, and the picture by which an opening is noticed |
//! | `preferences` | `/u/…`: what somebody wants to hear of, and the one click that ends it |
//! | `replies` | `/v1/replies/…`: where programs post replies |
//! | `visitor`, `token` | who comes, by the evidence; the secret part of an address |
//! | `workbench` | `/workbench`: what needs a recruiter now |
//! | `reports` | `/reports`: what was counted, as a chart, a table and a file |
//! | `session` | the token of whoever is signed in |
//! | `inbox` | `/inbox`: the mail folder of a trial installation |
//! | `discovery` | `/.well-known/…`: the built-in issuer, for whoever checks its tokens |
//! | `lang`, `when`, `frame`, `assets` | languages, times in words, what every page has in common, the style sheet |
//! | `calls` | calls where a link says whose page it is |
//! | `failure` | what goes wrong, and the page that says so |
//! | `headers`, `crossing`, `trace` | the layers |
//!
//! # One answer's way through
//! A candidate presses "confirm": `POST /c/{token}/confirm` passes `pages`' layers (the span carries the route's
//! pattern and never the token), `crossing` sees that the form is one of ours, `centre::act` reads the revision that the
//! page was made from and calls `CandidateCentreService.ConfirmInterview`. Whatever ats answers becomes a notice, and the
//! browser is sent back to `GET /c/{token}`, which shows how things stand. A reload repeats the look, never the act.

mod assets;
mod calls;
mod centre;
mod crossing;
mod discovery;
mod failure;
mod frame;
mod headers;
mod home;
mod inbox;
mod lang;
mod pages;
mod posted;
mod preferences;
mod replies;
mod reports;
mod session;
mod token;
mod trace;
mod tracked;
mod visitor;
mod when;
mod workbench;

use std::sync::Arc;

use async_trait::async_trait;
use chassis::{Clock, House, Parts, Schema, Service, peers::Peers};
use serde::Deserialize;

use crate::inbox::Folder;

/// `[edge]`
///
/// ```toml
/// [edge]
/// # The mail folder that the page /inbox shows; empty switches the page off. For trying out only.
/// dev_inbox = ""
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The mail folder that `/inbox` shows; empty switches the page off. For trying out only: it shows everybody's mail
    /// to everybody.
    pub dev_inbox: String,
}

/// The service.
#[derive(Debug)]
pub struct Edge {
    settings: Settings,
}

impl Edge {
    /// With its settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

#[async_trait]
impl Service for Edge {
    fn name(&self) -> &'static str {
        "edge"
    }

    fn schema(&self) -> Option<Schema> {
        None
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let app = App {
            inbox: Folder::at(&self.settings.dev_inbox),
            peers: house.peers,
            clock: house.clock,
            public_url: house.public_url,
        };
        Ok(Parts { http: pages::router(Arc::new(app)), ..Parts::default() })
    }
}

/// What the pages work with.
#[derive(Debug)]
struct App {
    peers: Peers,
    clock: Clock,
    public_url: String,
    inbox: Option<Folder>,
}
