//! Everything about a person from all services, as one ZIP file.
//!
//! Each service tells its parts (`usher.privacy.v1.SubjectService`), this one among them, and each part becomes a file of
//! the archive while it is being told: nothing is held but a few pieces. The list of what is in it comes last.

mod archive;
pub mod profile;

use chassis::{Error, Result, TenantId, peers::Peers};
use tokio::sync::mpsc;
use tonic::Status;
use usher_proto::{
    privacy::v1::{
        ExportSubjectRequest, SubjectPart, export_subject_response::Content,
        subject_service_client::SubjectServiceClient,
    },
    talent::v1::ExportPersonResponse,
};

use self::archive::Archive;
use crate::domain::{candidate::CandidateId, erasure::SERVICES};

/// Written first, so that whoever opens the file knows what it is.
const READ_ME: &str = include_str!("README.md");
/// Ids that are handed on to services that know no people.
const MOST_RELATED: usize = 100_000;

/// Where the file goes, piece by piece.
pub type Pieces = mpsc::Sender<Result<ExportPersonResponse, Status>>;

/// Writes the whole file, about somebody and those who were made one with them. The first stands for all; what belongs to the
/// others is in a folder for each.
pub async fn write(
    peers: &Peers,
    tenant: TenantId,
    members: &[CandidateId],
    pieces: Pieces,
    time: String,
) -> Result<()> {
    let mut archive = Archive::begin(pieces);
    archive.file("README.md", "text/markdown; charset=utf-8").await?;
    archive.bytes(READ_ME.as_bytes().to_vec()).await?;
    for (number, member) in members.iter().enumerate() {
        let folder = if number == 0 { String::new() } else { format!("others/{member}/") };
        let mut related = Vec::new();
        for service in SERVICES {
            let place = Place { folder: &folder, candidate: *member, service };
            add(&mut archive, peers, tenant, place, &mut related).await?;
        }
    }
    archive.finish(members.first().map(ToString::to_string).unwrap_or_default(), time).await
}

/// About whom a service is asked, and where that goes.
struct Place<'p> {
    folder: &'p str,
    candidate: CandidateId,
    service: &'p str,
}

/// One service's parts, in a folder of its own.
async fn add(
    archive: &mut Archive,
    peers: &Peers,
    tenant: TenantId,
    Place { folder, candidate, service }: Place<'_>,
    related: &mut Vec<String>,
) -> Result<()> {
    let request = ExportSubjectRequest {
        service: service.to_owned(),
        candidate_id: candidate.to_string(),
        related_ids: related.iter().take(MOST_RELATED).cloned().collect(),
    };
    let mut client = SubjectServiceClient::new(peers.channel(service)?);
    let mut parts = client.export_subject(peers.request(Some(tenant), request)?).await?.into_inner();
    while let Some(message) = parts.message().await.map_err(Error::from)? {
        match message.content {
            Some(Content::Part(SubjectPart { name, media_type })) => {
                archive.file(&format!("{folder}{service}/{name}"), &media_type).await?;
            }
            Some(Content::Chunk(chunk)) => archive.bytes(chunk).await?,
            None => {}
        }
        related.extend(message.related_ids);
    }
    Ok(())
}

/// A name that somebody gave a file, as one that is a name on every system and leads to no other folder.
pub fn file_name(given: &str) -> String {
    let plain = |letter: char| letter.is_control() || "/\\:*?\"<>|".contains(letter);
    let name: String = given.chars().map(|letter| if plain(letter) { '_' } else { letter }).collect();
    match name.trim().trim_start_matches('.') {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        assert_eq!(file_name("简历 v2.pdf"), "简历 v2.pdf");
        assert_eq!(file_name("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(file_name("C:\\cv.pdf"), "C__cv.pdf");
        for empty in ["", "  ", "..", "."] {
            assert_eq!(file_name(empty), "file");
        }
    }
}
