//! `usher.outreach.v1.ChannelService`.

use std::sync::Arc;

use chassis::{Caller, Db, House, wire};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    CreateChannelRequest, CreateChannelResponse, DeleteChannelRequest, DeleteChannelResponse, GetChannelRequest,
    GetChannelResponse, ListChannelsRequest, ListChannelsResponse, SetChannelAddressRequest, SetChannelAddressResponse,
    TestChannelRequest, TestChannelResponse, UpdateChannelRequest, UpdateChannelResponse,
    channel_service_server::ChannelService,
};

use super::convert;
use crate::{channels::rack::Rack, commands, domain::channel, store};

pub struct Channels {
    pub db: Db,
    pub house: House,
    pub rack: Arc<Rack>,
}

#[tonic::async_trait]
impl ChannelService for Channels {
    async fn create_channel(
        &self,
        request: Request<CreateChannelRequest>,
    ) -> Result<Response<CreateChannelResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let maker = self.rack.maker.clone();
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let channel = commands::create_channel::run(tx, &maker, request).await?;
                Ok(CreateChannelResponse { channel: Some(convert::channel(channel)) })
            })
        });
        let answer = answer.await?;
        self.rack.changed(tenant);
        Ok(answer)
    }

    async fn update_channel(
        &self,
        request: Request<UpdateChannelRequest>,
    ) -> Result<Response<UpdateChannelResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let maker = self.rack.maker.clone();
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let channel = commands::update_channel::run(tx, &maker, request).await?;
                Ok(UpdateChannelResponse { channel: Some(convert::channel(channel)) })
            })
        });
        let answer = answer.await?;
        self.rack.changed(tenant);
        Ok(answer)
    }

    async fn get_channel(&self, request: Request<GetChannelRequest>) -> Result<Response<GetChannelResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let (channel, _) = store::channels::get(tx, wire::id("channel_id", &request.channel_id)?).await?;
                Ok(GetChannelResponse { channel: Some(convert::channel(channel)) })
            })
        });
        answer.await
    }

    async fn list_channels(
        &self,
        request: Request<ListChannelsRequest>,
    ) -> Result<Response<ListChannelsResponse>, Status> {
        let answer = self.db.read(request, |tx, _| {
            Box::pin(async move {
                let all = store::channels::all(tx).await?;
                let is_email =
                    |channel: &channel::Channel| channel::medium(&channel.settings) == Some(channel::Medium::Email);
                let uses_default_email = !all.iter().any(|(channel, _)| is_email(channel));
                let channels = all.into_iter().map(|(channel, _)| convert::channel(channel)).collect();
                Ok(ListChannelsResponse { channels, uses_default_email })
            })
        });
        answer.await
    }

    async fn delete_channel(
        &self,
        request: Request<DeleteChannelRequest>,
    ) -> Result<Response<DeleteChannelResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                commands::delete_channel::run(tx, &request.channel_id).await?;
                Ok(DeleteChannelResponse {})
            })
        });
        let answer = answer.await?;
        self.rack.changed(tenant);
        Ok(answer)
    }

    async fn test_channel(
        &self,
        request: Request<TestChannelRequest>,
    ) -> Result<Response<TestChannelResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let mut tx = self.db.begin(&ctx).await?;
        store::channels::lock(&mut tx, wire::id("channel_id", &request.channel_id)?).await?;
        // Nobody waits for the other side with a row in hand.
        drop(tx);
        self.rack.changed(ctx.tenant);
        Ok(Response::new(commands::test_channel::run(&self.house, &self.rack, ctx.tenant, &request).await?))
    }

    async fn set_channel_address(
        &self,
        request: Request<SetChannelAddressRequest>,
    ) -> Result<Response<SetChannelAddressResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                commands::set_channel_address::run(tx, &request).await?;
                Ok(SetChannelAddressResponse {})
            })
        });
        answer.await
    }
}
