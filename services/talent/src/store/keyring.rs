//! The table `tenant_keys`, and what is done with a tenant's key.
//!
//! The master key, which the database never sees, wraps each tenant's key. A tenant's key has two daughters: one seals
//! contact points, the other makes the blind index by which an equal contact point is found without opening any.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chassis::{
    Db, Error, Result, TenantCtx, TenantId,
    vault::{Vault, derive},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::{
    candidate::CandidateId,
    contact::{Contact, Kind},
    import::row::Row,
};

const KEY: usize = 32;

/// The installation's key, which wraps the tenants' keys.
#[derive(Debug, Clone)]
pub struct MasterKey(Vault);

impl MasterKey {
    /// From the text of a key file: 32 random bytes in base64.
    pub fn read(text: &SecretString) -> anyhow::Result<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.expose_secret().trim()).context("it is not base64")?);
        let bytes: &[u8; KEY] = bytes.as_slice().try_into().context("it is not 32 bytes long")?;
        Ok(Self::from(bytes))
    }
}

impl From<&[u8; KEY]> for MasterKey {
    fn from(bytes: &[u8; KEY]) -> Self {
        Self(Vault::new(bytes))
    }
}

/// The tenants' keys, unwrapped as they are needed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keyring(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    master: MasterKey,
    known: RwLock<HashMap<TenantId, TenantKey>>,
}

impl Keyring {
    /// For a schema.
    pub fn new(db: Db, master: MasterKey) -> Self {
        Self(Arc::new(Inner { db, master, known: RwLock::default() }))
    }

    /// A tenant's key; the first to ask has it made. It has a transaction of its own and is asked for before another
    /// begins: so nothing is sealed with a key that may yet be rolled back, and nobody waits for a second connection.
    pub async fn key(&self, ctx: &TenantCtx) -> Result<TenantKey> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner).get(&ctx.tenant).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let wrapped = self.load_or_make(ctx).await?;
        let bytes = Zeroizing::new(self.0.master.0.open(&wrapped, &wrapping_context(ctx.tenant))?);
        let key = TenantKey::new(ctx.tenant, &bytes);
        self.0.known.write().unwrap_or_else(PoisonError::into_inner).insert(ctx.tenant, key.clone());
        Ok(key)
    }

    async fn load_or_make(&self, ctx: &TenantCtx) -> Result<Vec<u8>> {
        const LOAD: &str = "SELECT wrapped_key FROM tenant_keys WHERE tenant_id = $1";
        let mut tx = self.0.db.begin(ctx).await?;
        let wrapped: Option<Vec<u8>> = sqlx::query_scalar(LOAD).bind(ctx.tenant).fetch_optional(tx.conn()).await?;
        if let Some(wrapped) = wrapped {
            return Ok(wrapped);
        }
        let fresh = Zeroizing::new(rand::random::<[u8; KEY]>());
        let now = tx.now();
        // Whoever else makes it at the same time waits here, and then both read the one that came first.
        sqlx::query(
            "INSERT INTO tenant_keys (tenant_id, wrapped_key, create_time) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(ctx.tenant)
        .bind(self.0.master.0.seal(fresh.as_slice(), &wrapping_context(ctx.tenant))?)
        .bind(now)
        .execute(tx.conn())
        .await?;
        let wrapped = sqlx::query_scalar(LOAD).bind(ctx.tenant).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(wrapped)
    }
}

fn wrapping_context(tenant: TenantId) -> Vec<u8> {
    format!("tenant key|{tenant}").into_bytes()
}

/// Seals, opens and blinds for one tenant. Cheap to clone.
#[derive(Clone)]
pub struct TenantKey {
    tenant: TenantId,
    vault: Vault,
    blind: Arc<Zeroizing<[u8; KEY]>>,
}

impl fmt::Debug for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantKey({:?})", self.tenant)
    }
}

impl TenantKey {
    fn new(tenant: TenantId, bytes: &[u8]) -> Self {
        let vault = Vault::new(&Zeroizing::new(derive(bytes, "talent: contact points")));
        let blind = Arc::new(Zeroizing::new(derive(bytes, "talent: blind index")));
        Self { tenant, vault, blind }
    }

    /// Seals a contact point for its place: person and field.
    pub fn seal(&self, candidate: CandidateId, contact: &Contact) -> Result<Vec<u8>> {
        self.vault.seal(contact.value.as_bytes(), &self.context(candidate, contact.kind))
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, candidate: CandidateId, kind: Kind, sealed: &[u8]) -> Result<String> {
        let plain = self.vault.open(sealed, &self.context(candidate, kind))?;
        String::from_utf8(plain).map_err(|_| Error::internal("a sealed value is not text", &kind.name()))
    }

    /// The same for the same contact point, and nothing to anybody without the key.
    pub fn blind(&self, contact: &Contact) -> Result<Vec<u8>> {
        self.keyed_hash(&format!("{}|{}", contact.kind.name(), contact.value))
    }

    /// The same for the same words of a row, and nothing to anybody without the key.
    pub fn fingerprint(&self, row: &Row) -> Result<Vec<u8>> {
        self.keyed_hash(&format!("row|{}", row.words()))
    }

    fn keyed_hash(&self, text: &str) -> Result<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.blind.as_slice())
            .map_err(|error| Error::internal("a blind index has no key", &error))?;
        mac.update(text.as_bytes());
        Ok(mac.finalize().into_bytes().to_vec())
    }

    fn context(&self, candidate: CandidateId, kind: Kind) -> Vec<u8> {
        format!("{}|{candidate}|{}", self.tenant, kind.name()).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_in_its_place_only() {
        let (tenant, other) = (TenantId::new(), TenantId::new());
        let key = TenantKey::new(tenant, &[1; KEY]);
        let contact = Contact { kind: Kind::Email, value: "ann@example.com".to_owned() };
        let (ann, bob) = (CandidateId::new(), CandidateId::new());
        let sealed = key.seal(ann, &contact).unwrap();
        assert_eq!(key.open(ann, Kind::Email, &sealed).unwrap(), contact.value);
        assert!(key.open(bob, Kind::Email, &sealed).is_err());
        assert!(key.open(ann, Kind::Phone, &sealed).is_err());
        assert!(TenantKey::new(other, &[1; KEY]).open(ann, Kind::Email, &sealed).is_err());
        assert!(TenantKey::new(tenant, &[2; KEY]).open(ann, Kind::Email, &sealed).is_err());
    }

    #[test]
    fn a_blind_index_is_equal_for_equals_of_one_tenant_and_kind() {
        let key = TenantKey::new(TenantId::new(), &[1; KEY]);
        let contact = |kind, value: &str| Contact { kind, value: value.to_owned() };
        let email = key.blind(&contact(Kind::Email, "x")).unwrap();
        assert_eq!(email, key.blind(&contact(Kind::Email, "x")).unwrap());
        assert_ne!(email, key.blind(&contact(Kind::Phone, "x")).unwrap());
        assert_ne!(email, key.blind(&contact(Kind::Email, "y")).unwrap());
        assert_ne!(email, TenantKey::new(TenantId::new(), &[2; KEY]).blind(&contact(Kind::Email, "x")).unwrap());
    }

    #[test]
    fn a_key_file_holds_32_bytes_of_base64() {
        assert!(MasterKey::read(&format!("{}\n", STANDARD.encode([7; KEY])).into()).is_ok());
        assert!(MasterKey::read(&STANDARD.encode([7; 31]).into()).is_err());
        assert!(MasterKey::read(&"not base64!".to_owned().into()).is_err());
    }
}
