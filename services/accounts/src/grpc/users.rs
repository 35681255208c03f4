//! `usher.accounts.v1.UserService`.

use chassis::{Caller, Db, wire};
use tonic::{Request, Response, Status};
use usher_proto::accounts::v1::{
    CreateUserRequest, CreateUserResponse, GetUserRequest, GetUserResponse, ListUsersRequest, ListUsersResponse,
    UpdateUserRequest, UpdateUserResponse, user_service_server::UserService,
};

use super::convert;
use crate::{commands, queries, store};

pub struct Users(pub Db);

#[tonic::async_trait]
impl UserService for Users {
    async fn create_user(&self, request: Request<CreateUserRequest>) -> Result<Response<CreateUserResponse>, Status> {
        let giver = Caller::of(&request)?.role;
        let write = self.0.write(request, move |tx, request| {
            Box::pin(async move {
                let user = commands::create_user::run(tx, giver, request).await?;
                Ok(CreateUserResponse { user: Some(convert::user(user)) })
            })
        });
        write.await
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<GetUserResponse>, Status> {
        let read = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let user = store::users::get(tx, wire::id("user_id", &request.user_id)?).await?;
                Ok(GetUserResponse { user: Some(convert::user(user)) })
            })
        });
        read.await
    }

    async fn list_users(&self, request: Request<ListUsersRequest>) -> Result<Response<ListUsersResponse>, Status> {
        let read = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (users, next_page_token) = queries::list_users(tx, request.page_size, &request.page_token).await?;
                Ok(ListUsersResponse { users: users.into_iter().map(convert::user).collect(), next_page_token })
            })
        });
        read.await
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Result<Response<UpdateUserResponse>, Status> {
        let giver = Caller::of(&request)?.role;
        let write = self.0.write(request, move |tx, request| {
            Box::pin(async move {
                let user = commands::update_user::run(tx, giver, request).await?;
                Ok(UpdateUserResponse { user: Some(convert::user(user)) })
            })
        });
        write.await
    }
}
