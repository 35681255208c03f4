//! Which address leads where.
//!
//! Every request passes these layers, outermost first:
//!
//! 1. **trace**: a span named after the route's pattern, one log line and one histogram entry
//! 2. **headers**: what every answer tells the browser to allow and to forget
//! 3. **dress**: a failure becomes a page in the reader's language
//! 4. **crossing**: a form that another site sent is refused
//! 5. **body limit**: 16 KiB, which is ten times what the longest form holds; 3.5 MiB for replies

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};

use crate::{
    App, assets, centre, crossing, discovery,
    failure::{self, Failure},
    headers, home, inbox, preferences, replies, reports,
    trace::{self, Durations},
    tracked, workbench,
};

/// The longest body that is read.
const BODY_LIMIT: usize = 16 * 1024;

/// All pages.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/assets/{file}", get(assets::serve))
        // The candidate centre. Whoever asks for an action by GET has reloaded, and is shown the page.
        .route("/c/{token}", get(centre::show))
        .route("/c/{token}/confirm", post(centre::confirm).get(centre::back))
        .route("/c/{token}/other-time", post(centre::other_time).get(centre::back))
        .route("/c/{token}/decline", post(centre::decline).get(centre::back))
        .route("/c/{token}/take", post(centre::take).get(centre::back))
        .route("/c/{token}/withdraw", post(centre::withdraw).get(centre::ask_withdraw))
        .route("/c/{token}/calendar.ics", get(centre::calendar))
        .route("/c/{token}/offer", get(centre::offer::show))
        .route("/c/{token}/offer/accept", post(centre::offer::accept).get(centre::offer::back))
        .route("/c/{token}/offer/decline", post(centre::offer::decline).get(centre::offer::ask_decline))
        // Links of messages, and openings.
        .route("/l/{token}", get(tracked::show).post(tracked::follow))
        .route("/o/{file}", get(tracked::opened))
        .route("/u/{token}", get(preferences::show).post(preferences::unsubscribe))
        .route("/u/{token}/set", post(preferences::set).get(preferences::back))
        // Replies that programs post; the nearest limit counts.
        .route("/v1/replies/{token}", post(replies::receive).layer(DefaultBodyLimit::max(replies::BODY_LIMIT)))
        // The workbench.
        .route("/workbench", get(workbench::show))
        .route("/workbench/{task}/claim", post(workbench::claim).get(workbench::back))
        .route("/workbench/{task}/complete", post(workbench::complete).get(workbench::back))
        .route("/sign-in", post(workbench::sign_in).get(workbench::back))
        .route("/sign-out", post(workbench::sign_out).get(workbench::back))
        // Reports.
        .route("/reports", get(reports::list))
        .route("/reports/{name}", get(reports::show))
        .route("/reports/{name}/{format}", get(reports::file))
        // The mail folder of a trial installation.
        .route("/inbox", get(inbox::list))
        .route("/inbox/{name}", get(inbox::show))
        .route("/inbox/{name}/source", get(inbox::source))
        .route("/.well-known/jwks.json", get(discovery::keys))
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .fallback(async || Failure::NotFound)
        // Added from the inside out.
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), crossing::refuse))
        .layer(from_fn(failure::dress))
        .layer(from_fn(headers::secure))
        .layer(from_fn_with_state(Durations::new(), trace::follow))
        .with_state(app)
}
