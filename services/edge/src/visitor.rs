//! Who comes: a person, a machine, or nobody can tell. Mail is read by scanners before its reader sees it, and links are
//! fetched for previews; none of that is a candidate who has looked.
//!
//! Only what a request says of itself is used, no list of addresses. Whoever wants to pass for a person can; this keeps
//! reports honest and guards nothing.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header::USER_AGENT, request::Parts},
};
use usher_proto::outreach::v1::Visitor;

/// Words that a machine has in its name: crawlers, previews of chats, mail scanners, libraries.
const MACHINES: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "preview",
    "scan",
    "monitor",
    "headless",
    "curl",
    "wget",
    "python",
    "go-http",
    "java/",
    "okhttp",
    "axios",
    "node",
    "libwww",
    "facebookexternalhit",
    "slack-img",
    "whatsapp",
    "barracuda",
    "mimecast",
    "proofpoint",
    "safelinks",
];
/// Names of those who fetch pictures for a reader, when the reader looks or before.
const PROXIES: &[&str] = &["googleimageproxy", "yahoomailproxy"];
/// All that Apple's mail says when it loads a mail's pictures on arrival, whether the mail is read or not.
const AHEAD: &str = "Mozilla/5.0";

/// Who came, and by what evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub visitor: Visitor,
    pub evidence: Vec<&'static str>,
}

impl Visit {
    fn of(method: &Method, headers: &HeaderMap) -> Self {
        let machine = machine(method, headers);
        if !machine.is_empty() {
            return Self { visitor: Visitor::Machine, evidence: machine };
        }
        let human = human(method, headers);
        let visitor = if human.is_empty() { Visitor::Unknown } else { Visitor::Human };
        Self { visitor, evidence: human }
    }

    /// The evidence, as it goes to another service.
    pub fn evidence(&self) -> Vec<String> {
        self.evidence.iter().map(|&word| word.to_owned()).collect()
    }
}

fn machine(method: &Method, headers: &HeaderMap) -> Vec<&'static str> {
    let agent = text(headers, USER_AGENT.as_str());
    let name = agent.to_ascii_lowercase();
    let ahead = ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|header| {
        let purpose = text(headers, header).to_ascii_lowercase();
        purpose.contains("prefetch") || purpose.contains("preview")
    });
    let mut evidence = Vec::new();
    if method == Method::HEAD {
        evidence.push("asks_for_the_head_alone");
    }
    if agent.trim().is_empty() {
        evidence.push("has_no_name");
    }
    if MACHINES.iter().any(|word| name.contains(word)) {
        evidence.push("names_itself_a_machine");
    }
    if ahead || agent.trim() == AHEAD {
        evidence.push("fetched_ahead");
    }
    evidence
}

fn human(method: &Method, headers: &HeaderMap) -> Vec<&'static str> {
    let mut evidence = Vec::new();
    if method == Method::POST {
        evidence.push("form_posted");
    }
    // Sent when somebody tapped or typed, and not by a script (W3C, Fetch Metadata Request Headers).
    if text(headers, "sec-fetch-user") == "?1" {
        evidence.push("navigated_by_hand");
    }
    let agent = text(headers, USER_AGENT.as_str()).to_ascii_lowercase();
    if PROXIES.iter().any(|proxy| agent.contains(proxy)) {
        // Somebody's reader, or a look ahead: it does not tell.
        evidence.clear();
    }
    evidence
}

fn text<'headers>(headers: &'headers HeaderMap, name: &str) -> &'headers str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                           Version/19.0 Mobile/15E148 Safari/604.1";

    fn visitor(method: &Method, agent: &str, more: &[(&'static str, &'static str)]) -> Visitor {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_str(agent).unwrap());
        for (name, value) in more {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Visit::of(method, &headers).visitor
    }

    #[test]
    fn who_comes_is_told_by_the_evidence_and_by_nothing_else() {
        let by_hand = ("sec-fetch-user", "?1");
        for (method, agent, more, visitor_expected) in [
            (Method::POST, BROWSER, vec![], Visitor::Human),
            (Method::GET, BROWSER, vec![by_hand], Visitor::Human),
            (Method::GET, BROWSER, vec![], Visitor::Unknown),
            (Method::GET, BROWSER, vec![by_hand, ("sec-purpose", "prefetch;prerender")], Visitor::Machine),
            (Method::HEAD, BROWSER, vec![], Visitor::Machine),
            (Method::GET, "", vec![], Visitor::Machine),
            (Method::GET, "Mozilla/5.0", vec![], Visitor::Machine),
            (Method::POST, "python-requests/2.32", vec![], Visitor::Machine),
            (Method::GET, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", vec![], Visitor::Machine),
            (
                Method::GET,
                "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
                vec![by_hand],
                Visitor::Unknown,
            ),
        ] {
            assert_eq!(visitor(&method, agent, &more), visitor_expected, "{agent} {more:?}");
        }
    }
}
