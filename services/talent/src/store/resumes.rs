//! The table `resumes`.

use chassis::{Error, Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::talent::v1::DocumentKind;

use crate::{
    domain::{
        candidate::CandidateId,
        resume::{Part, Resume, ResumeId},
    },
    keys::TenantKey,
};

/// What is read of every résumé, the owner being who stands for whose it is; the text and the file only where they are asked for.
macro_rules! select {
    ($more:literal, $condition:literal) => {
        concat!(
            "SELECT coalesce((SELECT merged_into FROM candidates c WHERE c.tenant_id = resumes.tenant_id
                    AND c.candidate_id = resumes.candidate_id), candidate_id) AS candidate_id,
                resume_id, kind, size, characters, pages, truncated, actor, create_time, key_version,
                sealed_name",
            $more,
            " FROM resumes WHERE tenant_id = $1 AND ",
            $condition
        )
    };
}

#[derive(FromRow)]
struct Row {
    candidate_id: CandidateId,
    resume_id: ResumeId,
    kind: i16,
    size: i32,
    characters: i32,
    pages: i32,
    truncated: bool,
    actor: String,
    create_time: DateTime<Utc>,
    key_version: i16,
    sealed_name: Vec<u8>,
}

impl Row {
    fn resume(self, key: &TenantKey) -> Result<Resume> {
        let name = key.open_part(self.resume_id, Part::Name, self.key_version, &self.sealed_name)?;
        Ok(Resume {
            id: self.resume_id,
            candidate: self.candidate_id,
            file_name: text(name)?,
            kind: DocumentKind::try_from(i32::from(self.kind))
                .map_err(|error| Error::internal("a row holds an unknown kind of document", &error))?,
            size: self.size,
            characters: self.characters,
            pages: self.pages,
            truncated: self.truncated,
            actor: self.actor,
            create_time: self.create_time,
        })
    }
}

/// A résumé with one more of its parts, which is still sealed.
#[derive(FromRow)]
struct WithPart {
    #[sqlx(flatten)]
    row: Row,
    part: Vec<u8>,
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::internal("a sealed value is not text", &"a part of a résumé"))
}

/// Writes a résumé. `None` when the person has this very file already, which stays as it is.
pub async fn insert(tx: &mut TenantTx, key: &TenantKey, resume: &Resume, content: &str, file: &[u8]) -> Result<bool> {
    let tenant = tx.tenant();
    let seal = |part: Part, bytes: &[u8]| key.seal_part(resume.id, part, bytes);
    let written = sqlx::query(
        "INSERT INTO resumes (tenant_id, candidate_id, resume_id, blind, kind, size, characters, pages, truncated, actor,
            create_time, key_version, sealed_name, sealed_text, sealed_file)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT ON CONSTRAINT resumes_once DO NOTHING",
    )
    .bind(tenant)
    .bind(resume.candidate)
    .bind(resume.id)
    .bind(key.blind_file(file)?)
    // The contract has few kinds.
    .bind(i16::try_from(i32::from(resume.kind)).unwrap_or_default())
    .bind(resume.size)
    .bind(resume.characters)
    .bind(resume.pages)
    .bind(resume.truncated)
    .bind(&resume.actor)
    .bind(resume.create_time)
    .bind(key.sealing())
    .bind(seal(Part::Name, resume.file_name.as_bytes())?)
    .bind(seal(Part::Text, content.as_bytes())?)
    .bind(seal(Part::File, file)?)
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() > 0)
}

/// The résumés of a person, given by all who are part of them, newest first.
pub async fn list(tx: &mut TenantTx, key: &TenantKey, members: &[CandidateId]) -> Result<Vec<Resume>> {
    let tenant = tx.tenant();
    let condition = select!("", "resumes.candidate_id = ANY ($2) ORDER BY create_time DESC, resume_id DESC");
    let rows: Vec<Row> = sqlx::query_as(condition).bind(tenant).bind(members).fetch_all(tx.conn()).await?;
    rows.into_iter().map(|row| row.resume(key)).collect()
}

/// The résumé of a person, given by all who are part of them, that is this very file.
pub async fn of_file(
    tx: &mut TenantTx,
    key: &TenantKey,
    members: &[CandidateId],
    file: &[u8],
) -> Result<Option<Resume>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(select!("", "resumes.candidate_id = ANY ($2) AND blind = $3 LIMIT 1"))
        .bind(tenant)
        .bind(members)
        .bind(key.blind_file(file)?)
        .fetch_optional(tx.conn())
        .await?;
    row.map(|row| row.resume(key)).transpose()
}

/// One résumé and its text.
pub async fn with_text(tx: &mut TenantTx, key: &TenantKey, id: ResumeId) -> Result<(Resume, String)> {
    let tenant = tx.tenant();
    let row = sqlx::query_as(select!(", sealed_text AS part", "resume_id = $2"))
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    let (resume, content) = opened(key, row, Part::Text)?;
    Ok((resume, text(content)?))
}

/// One résumé and the file as it came.
pub async fn with_file(tx: &mut TenantTx, key: &TenantKey, id: ResumeId) -> Result<(Resume, Vec<u8>)> {
    let tenant = tx.tenant();
    let row = sqlx::query_as(select!(", sealed_file AS part", "resume_id = $2"))
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    opened(key, row, Part::File)
}

fn opened(key: &TenantKey, row: Option<WithPart>, part: Part) -> Result<(Resume, Vec<u8>)> {
    let Some(WithPart { row, part: sealed }) = row else { return Err(not_found()) };
    let content = key.open_part(row.resume_id, part, row.key_version, &sealed)?;
    Ok((row.resume(key)?, content))
}

/// The texts of the newest résumés of people and of all who are part of them, those who have one.
pub async fn newest_texts(
    tx: &mut TenantTx,
    key: &TenantKey,
    candidates: &[CandidateId],
) -> Result<Vec<(CandidateId, String)>> {
    let tenant = tx.tenant();
    let rows: Vec<(CandidateId, ResumeId, i16, Vec<u8>)> = sqlx::query_as(
        "SELECT DISTINCT ON (root.id) root.id, r.resume_id, r.key_version, r.sealed_text
         FROM candidates c
         CROSS JOIN LATERAL (SELECT coalesce(c.merged_into, c.candidate_id) AS id) AS root
         JOIN resumes r ON r.tenant_id = c.tenant_id AND r.candidate_id = c.candidate_id
         WHERE c.tenant_id = $1 AND (c.candidate_id = ANY ($2) OR c.merged_into = ANY ($2))
         ORDER BY root.id, r.create_time DESC, r.resume_id DESC",
    )
    .bind(tenant)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    let open = |(candidate, id, version, sealed): (_, _, _, Vec<u8>)| {
        Ok((candidate, text(key.open_part(id, Part::Text, version, &sealed)?)?))
    };
    rows.into_iter().map(open).collect()
}

/// Forgets a résumé; whose it was.
pub async fn delete(tx: &mut TenantTx, id: ResumeId) -> Result<CandidateId> {
    let tenant = tx.tenant();
    let candidate =
        sqlx::query_scalar("DELETE FROM resumes WHERE tenant_id = $1 AND resume_id = $2 RETURNING candidate_id")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    candidate.ok_or_else(not_found)
}

#[derive(FromRow)]
struct Old {
    resume_id: ResumeId,
    key_version: i16,
    sealed_name: Vec<u8>,
    sealed_text: Vec<u8>,
    sealed_file: Vec<u8>,
}

/// Seals anew what other versions of the key have sealed, at most so many. How many there were.
pub async fn seal_anew(tx: &mut TenantTx, key: &TenantKey, limit: i64) -> Result<usize> {
    let tenant = tx.tenant();
    let old: Vec<Old> = sqlx::query_as(
        "SELECT resume_id, key_version, sealed_name, sealed_text, sealed_file FROM resumes
         WHERE tenant_id = $1 AND key_version <> $2 ORDER BY resume_id LIMIT $3 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(key.sealing())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    for row in &old {
        let anew = |part: Part, sealed: &[u8]| {
            key.seal_part(row.resume_id, part, &key.open_part(row.resume_id, part, row.key_version, sealed)?)
        };
        sqlx::query(
            "UPDATE resumes SET key_version = $3, sealed_name = $4, sealed_text = $5, sealed_file = $6
             WHERE tenant_id = $1 AND resume_id = $2",
        )
        .bind(tenant)
        .bind(row.resume_id)
        .bind(key.sealing())
        .bind(anew(Part::Name, &row.sealed_name)?)
        .bind(anew(Part::Text, &row.sealed_text)?)
        .bind(anew(Part::File, &row.sealed_file)?)
        .execute(tx.conn())
        .await?;
    }
    Ok(old.len())
}

fn not_found() -> Error {
    Error::not_found("RESUME_NOT_FOUND", "there is no such résumé")
}
