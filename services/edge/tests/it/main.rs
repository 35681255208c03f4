//! The pages through real listeners, with the other services played by fakes.
#![expect(clippy::unwrap_used, reason = "a helper that can not do its part fails the test")]

mod centre;
mod everywhere;
mod fake_outreach;
mod fakes;
mod inbox;
mod offer;
mod preferences;
mod replies;
mod tracked;
mod workbench;

use fake_outreach::Outreach;
use fakes::{Accounts, Ats, Talent};
use reqwest::{RequestBuilder, StatusCode, header::HeaderMap, redirect::Policy};
use testkit::Site;
use usher_edge::{Edge, Settings};

/// The edge with its neighbours, and a browser in front of it.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) ats: Ats,
    pub(crate) outreach: Outreach,
    browser: reqwest::Client,
}

/// What a browser got.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Stage {
    /// With every neighbour.
    pub(crate) async fn up() -> Self {
        Self::with(Settings::default()).await
    }

    /// With every neighbour and the given settings.
    pub(crate) async fn with(settings: Settings) -> Self {
        let (ats, outreach) = (Ats::default(), Outreach::default());
        let services: Vec<Box<dyn chassis::Service>> = vec![
            Box::new(Edge::new(settings)),
            Box::new(ats.clone()),
            Box::new(outreach.clone()),
            Box::new(Talent),
            Box::new(Accounts),
        ];
        Self::on(Site::start(services).await, ats, outreach)
    }

    /// Without ats, as while it is being replaced.
    pub(crate) async fn without_ats() -> Self {
        let site = Site::start(vec![Box::new(Edge::new(Settings::default()))]).await;
        Self::on(site, Ats::default(), Outreach::default())
    }

    fn on(site: Site, ats: Ats, outreach: Outreach) -> Self {
        let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { site, ats, outreach, browser }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site.http())
    }

    pub(crate) async fn get(&self, path: &str) -> Seen {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Seen {
        see(dressed(self.browser.get(self.url(path)), headers)).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Seen {
        self.post_with(path, form, &[]).await
    }

    pub(crate) async fn post_with(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Seen {
        see(dressed(self.browser.post(self.url(path)).form(form), headers)).await
    }

    /// A body as somebody other than a browser sends it.
    pub(crate) async fn send(&self, path: &str, kind: &str, body: &'static str) -> Seen {
        see(self.browser.post(self.url(path)).header("content-type", kind).body(body)).await
    }

    /// What a program posts, with its headers.
    pub(crate) async fn hand_in(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Seen {
        see(dressed(self.browser.post(self.url(path)).body(body), headers)).await
    }

    pub(crate) async fn put(&self, path: &str) -> Seen {
        see(self.browser.put(self.url(path))).await
    }
}

fn dressed(request: RequestBuilder, headers: &[(&str, &str)]) -> RequestBuilder {
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

async fn see(request: RequestBuilder) -> Seen {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Seen { status, headers, body: response.text().await.unwrap() }
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Where the browser is sent.
    pub(crate) fn sent_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location")
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }
}
