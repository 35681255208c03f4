//! The one error type that leaves a service.
//!
//! It owns the canonical code, the stable reason, the field at fault and how to mend it, and turns into a
//! `tonic::Status` with `google.rpc` details (`ErrorInfo`, `BadRequest`, `RetryInfo`). What went wrong inside is logged
//! and never told: an internal error's text is the same for everybody.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};
use usher_proto::codec::ERROR_DOMAIN;

/// An error that a caller is meant to read.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    reason: Cow<'static, str>,
    message: String,
    violations: Vec<(String, String)>,
    metadata: HashMap<String, String>,
    retry_after: Option<Duration>,
}

/// What most functions of a service return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with any code. The named constructors below read better.
    pub fn new(code: Code, reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            reason: reason.into(),
            message: message.into(),
            violations: Vec::new(),
            metadata: HashMap::new(),
            retry_after: None,
        }))
    }

    /// One field of the request is wrong. `description` continues the field's name: "must be in the future".
    pub fn invalid(
        field: impl Into<String>,
        reason: impl Into<Cow<'static, str>>,
        description: impl Into<String>,
    ) -> Self {
        let (field, description) = (field.into(), description.into());
        let mut error = Self::new(Code::InvalidArgument, reason, format!("{field} {description}"));
        error.0.violations.push((field, description));
        error
    }

    /// What the request names does not exist, or belongs to somebody else.
    pub fn not_found(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, reason, message)
    }

    /// What the request would create exists.
    pub fn already_exists(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::AlreadyExists, reason, message)
    }

    /// The thing is not in a state that allows it.
    pub fn failed_precondition(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// The caller is known and may not.
    pub fn permission_denied(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, reason, message)
    }

    /// The caller is not known.
    pub fn unauthenticated(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, reason, message)
    }

    /// Somebody else was faster; read again and retry.
    pub fn aborted(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::Aborted, reason, message)
    }

    /// Not now; a retry helps.
    pub fn unavailable(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, reason, message).retry_after(Duration::from_secs(1))
    }

    /// A fault of ours. The cause goes to the log and not to the caller.
    pub fn internal(what: &str, cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "{what}");
        Self::new(Code::Internal, "INTERNAL", "an internal error; it has been logged")
    }

    /// Adds another field at fault.
    pub fn and_field(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.0.violations.push((field.into(), description.into()));
        self
    }

    /// Adds a fact for programs to `ErrorInfo.metadata`.
    #[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.0.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Says how to mend it, for people.
    pub fn hint(mut self, hint: &str) -> Self {
        self.0.message = format!("{}; {hint}", self.0.message);
        self
    }

    /// Says when a retry may help.
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// The canonical code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The stable reason.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The text for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The fields at fault, each with what is wrong with it.
    pub fn violations(&self) -> &[(String, String)] {
        &self.0.violations
    }

    /// Whether the same work may succeed when it is tried again, so that it is nobody's fault yet.
    pub fn is_transient(&self) -> bool {
        matches!(self.0.code, Code::Unavailable | Code::Aborted | Code::DeadlineExceeded)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}: {}", self.0.code, self.0.reason, self.0.message)
    }
}

impl std::error::Error for Error {}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let Inner { code, reason, message, violations, metadata, retry_after } = *error.0;
        let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, metadata);
        if !violations.is_empty() {
            details.set_bad_request(
                violations.into_iter().map(|(field, text)| FieldViolation::new(field, text)).collect::<Vec<_>>(),
            );
        }
        if retry_after.is_some() {
            details.set_retry_info(retry_after);
        }
        Self::with_error_details(code, message, details)
    }
}

/// An error from another service of the suite keeps its code and reason.
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let reason = details.error_info().map_or_else(|| "UPSTREAM".to_owned(), |info| info.reason.clone());
        let mut error = Self::new(status.code(), reason, status.message());
        for violation in details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default() {
            error = error.and_field(&violation.field, &violation.description);
        }
        error
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            // A connection that is cut while it is made ends in the middle of the protocol.
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_) => {
                tracing::warn!(error = %error, "the database is out of reach");
                Self::unavailable("DATABASE_UNAVAILABLE", "the database is out of reach for the moment")
            }
            sqlx::Error::Database(inner) => match inner.code().as_deref() {
                // serialization_failure, deadlock_detected
                Some("40001" | "40P01") => Self::aborted("CONCURRENT_CHANGE", "somebody changed the same thing")
                    .retry_after(Duration::from_millis(50)),
                // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections
                Some("57P01" | "57P02" | "57P03" | "53300") => {
                    Self::unavailable("DATABASE_UNAVAILABLE", "the database is out of reach for the moment")
                }
                // character_not_in_repertoire
                Some("22021") => Self::new(
                    Code::InvalidArgument,
                    "TEXT_INVALID",
                    "a text has a character that is none: take the zero byte out of it",
                ),
                // The detail may quote a row, so only the code and the constraint are logged.
                code => Self::internal(
                    "a statement failed",
                    &format!("SQLSTATE {code:?}, constraint {:?}: {}", inner.constraint(), inner.message()),
                ),
            },
            _ => Self::internal("the database driver failed", &error),
        }
    }
}

/// Turns the violation of a named constraint into the error that it means.
pub trait OnConstraint<T> {
    /// `insert.execute(…).await.on_constraint("applications_one_live", || Error::already_exists(…))?`
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnConstraint<T> for std::result::Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|cause| match &cause {
            sqlx::Error::Database(inner) if inner.constraint() == Some(name) => error(),
            _ => cause.into(),
        })
    }
}
