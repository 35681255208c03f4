//! `usher.talent.v1.TagService`.

use chassis::wire;
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    AddTagsRequest, AddTagsResponse, ListTagsRequest, ListTagsResponse, RemoveTagRequest, RemoveTagResponse,
    tag_service_server::TagService,
};

use super::{Desk, convert};
use crate::{commands, store};

pub struct Tags(pub(super) Desk);

#[tonic::async_trait]
impl TagService for Tags {
    async fn add_tags(&self, request: Request<AddTagsRequest>) -> Result<Response<AddTagsResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let tags = commands::add_tags::run(tx, &key, request).await?;
                Ok(AddTagsResponse { tags: tags.into_iter().map(convert::tag).collect() })
            })
        });
        write.await
    }

    async fn remove_tag(&self, request: Request<RemoveTagRequest>) -> Result<Response<RemoveTagResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let tags = commands::remove_tag::run(tx, &key, request).await?;
                Ok(RemoveTagResponse { tags: tags.into_iter().map(convert::tag).collect() })
            })
        });
        write.await
    }

    async fn list_tags(&self, request: Request<ListTagsRequest>) -> Result<Response<ListTagsResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = wire::id("candidate_id", &request.candidate_id)?;
                let tags = store::people::get(tx, &key, id).await?.tags(tx.now());
                Ok(ListTagsResponse { tags: tags.into_iter().map(convert::tag).collect() })
            })
        });
        read.await
    }
}
