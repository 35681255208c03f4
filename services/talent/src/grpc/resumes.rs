//! `usher.talent.v1.ResumeService`.

use std::time::Duration;

use chassis::{
    Caller, Error, Result,
    db::{CONSISTENCY_TOKEN, write_token},
    wire,
};
use doctext::LARGEST_FILE;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};
use usher_proto::talent::v1::{
    DeleteResumeRequest, DeleteResumeResponse, DownloadResumeRequest, DownloadResumeResponse, GetResumeTextRequest,
    GetResumeTextResponse, ListResumesRequest, ListResumesResponse, UploadResumeRequest, UploadResumeResponse,
    UploadStart, download_resume_response, resume_service_server::ResumeService, upload_resume_request::Part,
};

use super::{Desk, convert};
use crate::{
    commands::{self, add_resume::File},
    domain::{candidate::CandidateId, clean::text, resume},
    store,
};

/// The longest that the next piece is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes of one piece on the way out.
const PIECE: usize = 256 << 10;

pub struct Resumes(pub(super) Desk);

#[tonic::async_trait]
impl ResumeService for Resumes {
    async fn upload_resume(
        &self,
        request: Request<Streaming<UploadResumeRequest>>,
    ) -> Result<Response<UploadResumeResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let (start, bytes) = receive(request.into_inner()).await?;
        let candidate: CandidateId = wire::id("start.candidate_id", &start.candidate_id)?;
        let name = text::clean("start.file_name", &start.file_name, resume::LONGEST_NAME)
            .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
        let key = self.0.keys.key(&ctx).await?;
        let mut tx = self.0.db.begin(&ctx).await?;
        store::candidates::check(&mut tx, candidate).await?;
        // Reading takes time that no transaction should wait for.
        drop(tx);
        let read = self.0.reader.run(&bytes, &name).await;
        let read = read
            .map_err(|error| Error::internal("documents can not be read", &error))?
            .map_err(|fault| Error::invalid("chunk", fault.reason, fault.message))?;
        let findings = convert::findings(&read.text);
        let file = File { name, bytes, read };
        let mut tx = self.0.db.begin(&ctx).await?;
        let (resume, is_new) = commands::add_resume::run(&mut tx, &key, candidate, &file).await?;
        let token = tx.commit().await?;
        let resume = Some(convert::resume(resume));
        let mut response = Response::new(UploadResumeResponse { resume, findings: Some(findings), unchanged: !is_new });
        if let Some(value) = token.and_then(|token| write_token(&token).parse().ok()) {
            response.metadata_mut().insert(CONSISTENCY_TOKEN, value);
        }
        Ok(response)
    }

    async fn list_resumes(
        &self,
        request: Request<ListResumesRequest>,
    ) -> Result<Response<ListResumesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let candidate = wire::id("candidate_id", &request.candidate_id)?;
                store::candidates::check(tx, candidate).await?;
                let members = store::merges::whole(tx, candidate).await?.members;
                let resumes = store::resumes::list(tx, &key, &members).await?;
                Ok(ListResumesResponse { resumes: resumes.into_iter().map(convert::resume).collect() })
            })
        });
        read.await
    }

    async fn get_resume_text(
        &self,
        request: Request<GetResumeTextRequest>,
    ) -> Result<Response<GetResumeTextResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = wire::id("resume_id", &request.resume_id)?;
                let (resume, text) = store::resumes::with_text(tx, &key, id).await?;
                Ok(GetResumeTextResponse { resume: Some(convert::resume(resume)), text })
            })
        });
        read.await
    }

    type DownloadResumeStream = ReceiverStream<Result<DownloadResumeResponse, Status>>;

    async fn download_resume(
        &self,
        request: Request<DownloadResumeRequest>,
    ) -> Result<Response<Self::DownloadResumeStream>, Status> {
        let key = self.0.key(&request).await?;
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let id = wire::id("resume_id", &request.into_inner().resume_id)?;
        let mut tx = self.0.db.begin(&ctx).await?;
        let (resume, file) = store::resumes::with_file(&mut tx, &key, id).await?;
        drop(tx);
        let (pieces, answers) = mpsc::channel(1);
        tokio::spawn(async move {
            let first = download_resume_response::Part::Resume(convert::resume(resume));
            let chunks = file.chunks(PIECE).map(|chunk| download_resume_response::Part::Chunk(chunk.to_vec()));
            for part in std::iter::once(first).chain(chunks) {
                // Whoever asked may have gone.
                if pieces.send(Ok(DownloadResumeResponse { part: Some(part) })).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(answers)))
    }

    async fn delete_resume(
        &self,
        request: Request<DeleteResumeRequest>,
    ) -> Result<Response<DeleteResumeResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                commands::delete_resume::run(tx, request).await?;
                Ok(DeleteResumeResponse {})
            })
        });
        write.await
    }
}

/// A file that is being sent, whole. No more of it is held than the largest that is read.
async fn receive(mut parts: Streaming<UploadResumeRequest>) -> Result<(UploadStart, Vec<u8>)> {
    let Some(Part::Start(start)) = next(&mut parts).await? else {
        return Err(out_of_order("the first message must carry `start`"));
    };
    let mut bytes = Vec::new();
    loop {
        match next(&mut parts).await? {
            Some(Part::Chunk(chunk)) if bytes.len() + chunk.len() > LARGEST_FILE => {
                let fault = doctext::Fault::TOO_LARGE;
                return Err(Error::invalid("chunk", fault.reason, fault.message));
            }
            Some(Part::Chunk(chunk)) => bytes.extend(chunk),
            Some(Part::End(_)) => return Ok((start, bytes)),
            Some(Part::Start(_)) => return Err(out_of_order("`start` is sent once")),
            None => {
                let message = "the stream ended before `end`; send the file again";
                return Err(Error::new(Code::InvalidArgument, "UPLOAD_TRUNCATED", message));
            }
        }
    }
}

async fn next(parts: &mut Streaming<UploadResumeRequest>) -> Result<Option<Part>> {
    match tokio::time::timeout(PATIENCE, parts.message()).await {
        Ok(Ok(None)) => Ok(None),
        Ok(Ok(Some(UploadResumeRequest { part: Some(part) }))) => Ok(Some(part)),
        Ok(Ok(Some(UploadResumeRequest { part: None }))) => {
            Err(out_of_order("each message must carry `start`, `chunk` or `end`"))
        }
        Ok(Err(status)) => Err(status.into()),
        Err(_) => {
            Err(Error::new(Code::DeadlineExceeded, "UPLOAD_STALLED", "nothing came for a minute; send the file again"))
        }
    }
}

fn out_of_order(message: &'static str) -> Error {
    Error::new(Code::InvalidArgument, "UPLOAD_OUT_OF_ORDER", message)
}
