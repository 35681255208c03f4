//! A service that writes notes, and can be held while it does. It speaks the protocol of ats' tasks.

use std::sync::Arc;

use async_trait::async_trait;
use chassis::{Db, Error, House, Parts, Schema, Service};
use sqlx::migrate::Migrator;
use tokio::sync::watch;
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::ats::v1::{
    ClaimTaskRequest, ClaimTaskResponse, CompleteTaskRequest, CompleteTaskResponse, ListTasksRequest,
    ListTasksResponse, Task,
    task_service_server::{TaskService, TaskServiceServer},
};
use uuid::Uuid;

static MIGRATIONS: Migrator = sqlx::migrate!("./tests/migrations");

/// Where whoever writes a note is held, in the middle of the transaction.
pub struct Gate {
    is_open: watch::Sender<bool>,
    entered: watch::Sender<usize>,
    inside: watch::Sender<usize>,
    failing: watch::Sender<bool>,
    trouble: watch::Sender<Option<&'static str>>,
}

impl Gate {
    pub fn open() -> Self {
        let watch = |open| watch::Sender::new(open);
        Self {
            is_open: watch(true),
            entered: watch::Sender::new(0),
            inside: watch::Sender::new(0),
            failing: watch(false),
            trouble: watch::Sender::new(None),
        }
    }

    pub fn shut() -> Self {
        let gate = Self::open();
        gate.is_open.send_replace(false);
        gate
    }

    pub fn let_pass(&self) {
        self.is_open.send_replace(true);
    }

    /// Whether the next ones fail after they have written.
    pub fn fail(&self, failing: bool) {
        self.failing.send_replace(failing);
    }

    /// What the service says is wrong with it.
    pub fn ail(&self, trouble: Option<&'static str>) {
        self.trouble.send_replace(trouble);
    }

    /// Waits until so many have come as far as the gate.
    pub async fn has_seen(&self, count: usize) {
        self.entered.subscribe().wait_for(|entered| *entered >= count).await.unwrap();
    }

    /// Waits until everybody who came has gone on or been dropped.
    pub async fn is_left(&self) {
        self.inside.subscribe().wait_for(|inside| *inside == 0).await.unwrap();
    }

    async fn pass(&self) -> chassis::Result<()> {
        let _visit = Visit::of(self);
        self.is_open.subscribe().wait_for(|open| *open).await.unwrap();
        if *self.failing.borrow() {
            return Err(Error::failed_precondition("NOTE_REFUSED", "as it was told to"));
        }
        Ok(())
    }
}

/// Counts who is at the gate, however they leave it.
struct Visit<'a>(&'a Gate);

impl<'a> Visit<'a> {
    fn of(gate: &'a Gate) -> Self {
        gate.inside.send_modify(|inside| *inside += 1);
        gate.entered.send_modify(|entered| *entered += 1);
        Self(gate)
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.0.inside.send_modify(|inside| *inside -= 1);
    }
}

pub struct Notes(pub Arc<Gate>);

#[async_trait]
impl Service for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn schema(&self) -> Option<Schema> {
        Some(schema())
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let api = Api { db: house.db()?, gate: self.0.clone() };
        let mut parts = Parts { routes: Routes::new(TaskServiceServer::new(api)), ..Parts::default() };
        let gate = self.0.clone();
        parts.check(move || gate.trouble.borrow().map_or(Ok(()), |trouble| Err(trouble.to_owned())));
        // Whoever is held when the process stops goes on, and must be answered.
        let gate = self.0.clone();
        parts.task("notes", async move {
            house.stop.cancelled().await;
            gate.let_pass();
        });
        Ok(parts)
    }
}

/// Without an outbox: notes are nobody's news.
pub fn schema() -> Schema {
    Schema { name: "notes", sets: vec![("notes", &MIGRATIONS)], system_tables: Vec::new() }
}

struct Api {
    db: Db,
    gate: Arc<Gate>,
}

#[tonic::async_trait]
impl TaskService for Api {
    async fn claim_task(&self, request: Request<ClaimTaskRequest>) -> Result<Response<ClaimTaskResponse>, Status> {
        let gate = self.gate.clone();
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let (tenant, id) = (tx.tenant(), Uuid::now_v7());
                sqlx::query("INSERT INTO notes (tenant_id, note_id, text) VALUES ($1, $2, $3)")
                    .bind(tenant)
                    .bind(id)
                    .bind(&request.task_id)
                    .execute(tx.conn())
                    .await?;
                gate.pass().await?;
                let task = Task { task_id: request.task_id, why: id.to_string(), ..Task::default() };
                Ok(ClaimTaskResponse { task: Some(task) })
            })
        });
        answer.await
    }

    async fn complete_task(&self, _: Request<CompleteTaskRequest>) -> Result<Response<CompleteTaskResponse>, Status> {
        Err(Error::failed_precondition("TASK_DONE", "notes are not done").into())
    }

    async fn list_tasks(&self, request: Request<ListTasksRequest>) -> Result<Response<ListTasksResponse>, Status> {
        let answer = self.db.read(request, |tx, _| {
            Box::pin(async move {
                // No WHERE: what the caller must not see, the database keeps back.
                let rows: Vec<(Uuid, String)> =
                    sqlx::query_as("SELECT note_id, text FROM notes ORDER BY note_id").fetch_all(tx.conn()).await?;
                let tasks = rows.into_iter();
                let tasks = tasks.map(|(id, text)| Task { task_id: text, why: id.to_string(), ..Task::default() });
                Ok(ListTasksResponse { tasks: tasks.collect(), next_page_token: String::new() })
            })
        });
        answer.await
    }

    async fn get_task(
        &self,
        _: Request<usher_proto::ats::v1::GetTaskRequest>,
    ) -> Result<Response<usher_proto::ats::v1::GetTaskResponse>, Status> {
        Err(Status::unimplemented("notes have no use for it"))
    }

    async fn release_task(
        &self,
        _: Request<usher_proto::ats::v1::ReleaseTaskRequest>,
    ) -> Result<Response<usher_proto::ats::v1::ReleaseTaskResponse>, Status> {
        Err(Status::unimplemented("notes have no use for it"))
    }

    async fn assign_task(
        &self,
        _: Request<usher_proto::ats::v1::AssignTaskRequest>,
    ) -> Result<Response<usher_proto::ats::v1::AssignTaskResponse>, Status> {
        Err(Status::unimplemented("notes have no use for it"))
    }

    async fn snooze_task(
        &self,
        _: Request<usher_proto::ats::v1::SnoozeTaskRequest>,
    ) -> Result<Response<usher_proto::ats::v1::SnoozeTaskResponse>, Status> {
        Err(Status::unimplemented("notes have no use for it"))
    }

    type WatchTasksStream =
        futures::stream::BoxStream<'static, Result<usher_proto::ats::v1::WatchTasksResponse, Status>>;

    async fn watch_tasks(
        &self,
        _: Request<usher_proto::ats::v1::WatchTasksRequest>,
    ) -> Result<Response<Self::WatchTasksStream>, Status> {
        Err(Status::unimplemented("notes have no use for it"))
    }
}
