//! Résumés.

use chassis::TenantId;
use testkit::Site;
use tonic::{Code, Status};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        DeleteResumeRequest, DocumentKind, DownloadResumeRequest, GetResumeTextRequest, ListResumesRequest, Resume,
        ResumeAdded, ResumeDeleted, UploadEnd, UploadResumeRequest, UploadResumeResponse, UploadStart,
        download_resume_response, resume_service_client::ResumeServiceClient, upload_resume_request::Part,
    },
};

use super::{create, named, reason, site};

const TEXT: &str =
    "王小明\n电话：13800138000 邮箱 wang@example.com\n8年工作经验\n2012-2016 清华大学 本科\n技能：Java、微服务\n";

fn parts(candidate: &str, name: &str, file: &[u8]) -> Vec<UploadResumeRequest> {
    let start = UploadStart { candidate_id: candidate.to_owned(), file_name: name.to_owned() };
    let chunks = file.chunks(1_000_000).map(|chunk| Part::Chunk(chunk.to_vec()));
    let all = std::iter::once(Part::Start(start)).chain(chunks).chain([Part::End(UploadEnd {})]);
    all.map(|part| UploadResumeRequest { part: Some(part) }).collect()
}

async fn send(site: &Site, tenant: &TenantId, parts: Vec<UploadResumeRequest>) -> Result<UploadResumeResponse, Status> {
    let request = site.request(tenant, Role::Recruiter, tokio_stream::iter(parts));
    Ok(ResumeServiceClient::new(site.channel()).upload_resume(request).await?.into_inner())
}

pub(crate) async fn upload(
    site: &Site,
    tenant: &TenantId,
    candidate: &str,
    name: &str,
    file: &[u8],
) -> Result<UploadResumeResponse, Status> {
    send(site, tenant, parts(candidate, name, file)).await
}

async fn list(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<Resume> {
    let request = ListResumesRequest { candidate_id: candidate.to_owned() };
    let mut client = ResumeServiceClient::new(site.channel());
    client.list_resumes(site.request(tenant, Role::ReadOnly, request)).await.unwrap().into_inner().resumes
}

async fn text(site: &Site, tenant: &TenantId, resume: &str) -> Result<String, Status> {
    let request = GetResumeTextRequest { resume_id: resume.to_owned() };
    let mut client = ResumeServiceClient::new(site.channel());
    Ok(client.get_resume_text(site.request(tenant, Role::Recruiter, request)).await?.into_inner().text)
}

async fn download(site: &Site, tenant: &TenantId, resume: &str) -> (Resume, Vec<u8>) {
    let request = DownloadResumeRequest { resume_id: resume.to_owned() };
    let mut client = ResumeServiceClient::new(site.channel());
    let mut pieces = client.download_resume(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner();
    let (mut told, mut file) = (None, Vec::new());
    while let Some(piece) = pieces.message().await.unwrap() {
        match piece.part.unwrap() {
            download_resume_response::Part::Resume(resume) => told = Some(resume),
            download_resume_response::Part::Chunk(chunk) => file.extend(chunk),
        }
    }
    (told.unwrap(), file)
}

#[tokio::test]
async fn a_file_is_kept_as_it_came_with_its_text_and_what_it_seems_to_say() {
    let site = site().await;
    let tenant = site.tenant();
    let wang = create(&site, &tenant, named("王小明", "")).await.unwrap().candidate_id;
    let answer = upload(&site, &tenant, &wang, "王小明 简历.txt", TEXT.as_bytes()).await.unwrap();
    let resume = answer.resume.unwrap();
    assert_eq!((resume.kind(), resume.file_name.as_str()), (DocumentKind::Text, "王小明 简历.txt"));
    assert_eq!(usize::try_from(resume.size).unwrap(), TEXT.len());
    assert!(!answer.unchanged && resume.actor.starts_with("user_"));
    let found = answer.findings.unwrap();
    assert_eq!((found.emails[0].quote.as_str(), found.phones[0].quote.as_str()), ("wang@example.com", "13800138000"));
    assert_eq!((found.years[0].years, found.education[0].school.as_str()), (8, "清华大学"));
    let read = text(&site, &tenant, &resume.resume_id).await.unwrap();
    let quoted = &found.phones[0];
    let place = usize::try_from(quoted.start).unwrap()..usize::try_from(quoted.end).unwrap();
    assert_eq!(&read[place], quoted.quote);
    assert_eq!(download(&site, &tenant, &resume.resume_id).await, (resume.clone(), TEXT.as_bytes().to_vec()));

    let again = upload(&site, &tenant, &wang, "other name.txt", TEXT.as_bytes()).await.unwrap();
    assert!(again.unchanged);
    assert_eq!(again.resume.unwrap(), resume);
    assert_eq!(list(&site, &tenant, &wang).await, std::slice::from_ref(&resume));
    let added = site.heard_of::<ResumeAdded>("talent", &tenant).await;
    assert_eq!(added.len(), 1);

    let page = "<html><body><h1>Wang</h1><script>no</script><p>Rust &amp; Go</p></body></html>".repeat(20_000);
    let page = upload(&site, &tenant, &wang, "cv.html", page.as_bytes()).await.unwrap().resume.unwrap();
    assert_eq!((page.kind(), page.truncated), (DocumentKind::Html, true), "more than a megabyte, in pieces");
    let request = DeleteResumeRequest { resume_id: page.resume_id.clone(), request_id: String::new() };
    let mut client = ResumeServiceClient::new(site.channel());
    client.delete_resume(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    assert_eq!(reason(&text(&site, &tenant, &page.resume_id).await.unwrap_err()), "RESUME_NOT_FOUND");
    assert_eq!(list(&site, &tenant, &wang).await.len(), 1);
    assert_eq!(site.heard_of::<ResumeDeleted>("talent", &tenant).await.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn what_can_not_be_read_is_refused_and_nothing_is_kept() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "")).await.unwrap().candidate_id;
    for (file, name, expected) in [
        (&b"\x89PNG\r\n\x1a\n0000"[..], "cv.png", "DOCUMENT_KIND_UNKNOWN"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cv.doc", "DOCUMENT_KIND_UNKNOWN"),
        (b"%PDF-1.7\nnothing", "cv.pdf", "DOCUMENT_BROKEN"),
        (b"   \n\n  ", "cv.txt", "DOCUMENT_NO_TEXT"),
    ] {
        let refused = upload(&site, &tenant, &ann, name, file).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, expected), "{name}");
    }
    let large = vec![b'a'; (10 << 20) + 1];
    assert_eq!(reason(&upload(&site, &tenant, &ann, "cv.txt", &large).await.unwrap_err()), "DOCUMENT_TOO_LARGE");
    let nobody = "cand_01h455vb4pex5vsknk084sn02q";
    assert_eq!(reason(&upload(&site, &tenant, nobody, "cv.txt", b"x").await.unwrap_err()), "CANDIDATE_NOT_FOUND");

    let mut cut = parts(&ann, "cv.txt", b"Ann");
    cut.pop();
    assert_eq!(reason(&send(&site, &tenant, cut.clone()).await.unwrap_err()), "UPLOAD_TRUNCATED");
    cut.remove(0);
    assert_eq!(reason(&send(&site, &tenant, cut).await.unwrap_err()), "UPLOAD_OUT_OF_ORDER");
    assert!(list(&site, &tenant, &ann).await.is_empty());

    for number in 0..20 {
        upload(&site, &tenant, &ann, "cv.txt", format!("Ann {number}").as_bytes()).await.unwrap();
    }
    let refused = upload(&site, &tenant, &ann, "cv.txt", b"Ann once more").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "RESUMES_TOO_MANY"));
    assert_eq!(list(&site, &tenant, &ann).await.len(), 20);
    site.finish().await;
}
