//! Tasks of the workbench.

use usher_proto::ats::v1 as pb;

use crate::{commands::task_told, domain::task::Task};

/// Without brief and history.
pub fn task(task: &Task) -> pb::Task {
    task_told::shown(task)
}
