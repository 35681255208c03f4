//! Which task an address names.

use std::fmt;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use chassis::ids::{read_type_id, write_type_id};
use uuid::Uuid;

use crate::failure::Failure;

/// A task's id. What is no such id names nothing.
#[derive(Debug, Clone, Copy)]
pub struct TaskId(Uuid);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_type_id(f, "task", self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TaskId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Failure::NotFound)?;
        read_type_id("task", &text).map(Self).map_err(|_| Failure::NotFound)
    }
}
