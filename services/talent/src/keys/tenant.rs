//! One tenant's key.

use std::{collections::BTreeMap, fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use chassis::{
    Error, Result, TenantId,
    vault::{Vault, derive},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KEY;
use crate::domain::{
    candidate::CandidateId,
    contact::{Contact, Kind},
    external::ActivityId,
    import::row::Row,
    imports::ImportId,
    merge::Mark,
    resume::{Part, ResumeId},
};

/// The version that makes the blind index.
pub const BLIND: i16 = 0;
/// The first version that seals.
pub const FIRST: i16 = 1;

/// Seals, opens and blinds for one tenant. Cheap to clone.
#[derive(Clone)]
pub struct TenantKey {
    tenant: TenantId,
    blind: Arc<Zeroizing<[u8; KEY]>>,
    vaults: Arc<BTreeMap<i16, Vault>>,
    sealing: i16,
}

impl fmt::Debug for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantKey({:?}, version {})", self.tenant, self.sealing)
    }
}

/// What was sealed, and with which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub version: i16,
    pub bytes: Vec<u8>,
}

impl TenantKey {
    /// From its versions; new values are sealed with `sealing`. `None` when a version is missing that must be there.
    pub fn new(tenant: TenantId, versions: &BTreeMap<i16, Zeroizing<Vec<u8>>>, sealing: i16) -> Option<Self> {
        let blind = match versions.get(&BLIND) {
            Some(blind) => Zeroizing::new(blind.as_slice().try_into().ok()?),
            None => Zeroizing::new(blind_of(versions.get(&FIRST)?)),
        };
        let vault = |bytes: &[u8]| Vault::new(&Zeroizing::new(derive(bytes, "talent: contact points")));
        let vaults: BTreeMap<i16, Vault> =
            versions.range(FIRST..).map(|(version, bytes)| (*version, vault(bytes))).collect();
        vaults.contains_key(&sealing).then(|| Self {
            tenant,
            blind: Arc::new(blind),
            vaults: Arc::new(vaults),
            sealing,
        })
    }

    /// The version that new values are sealed with.
    pub fn sealing(&self) -> i16 {
        self.sealing
    }

    /// Seals a contact point for its place: person and field.
    pub fn seal(&self, candidate: CandidateId, contact: &Contact) -> Result<Sealed> {
        let context = self.context(candidate, contact.kind);
        let bytes = self.vault(self.sealing)?.seal(contact.value.as_bytes(), &context)?;
        Ok(Sealed { version: self.sealing, bytes })
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, candidate: CandidateId, kind: Kind, version: i16, sealed: &[u8]) -> Result<String> {
        let plain = self.vault(version)?.open(sealed, &self.context(candidate, kind))?;
        String::from_utf8(plain).map_err(|_| Error::internal("a sealed value is not text", &kind.name()))
    }

    /// Seals a part of a résumé for its place, with the version that [`Self::sealing`] names.
    pub fn seal_part(&self, resume: ResumeId, part: Part, bytes: &[u8]) -> Result<Vec<u8>> {
        self.vault(self.sealing)?.seal(bytes, &self.part_context(resume, part))
    }

    /// Opens a part of a résumé.
    pub fn open_part(&self, resume: ResumeId, part: Part, version: i16, sealed: &[u8]) -> Result<Vec<u8>> {
        self.vault(version)?.open(sealed, &self.part_context(resume, part))
    }

    /// Seals what was seen of a person elsewhere, with the version that [`Self::sealing`] names.
    pub fn seal_activity(&self, activity: ActivityId, bytes: &[u8]) -> Result<Vec<u8>> {
        self.vault(self.sealing)?.seal(bytes, &self.activity_context(activity))
    }

    /// Opens what was seen of a person elsewhere.
    pub fn open_activity(&self, activity: ActivityId, version: i16, sealed: &[u8]) -> Result<Vec<u8>> {
        self.vault(version)?.open(sealed, &self.activity_context(activity))
    }

    /// The same for the same words of one purpose, and nothing to anybody without the key.
    pub fn blind_words(&self, purpose: &'static str, words: &[u8]) -> Result<Vec<u8>> {
        self.keyed_hash(format!("{purpose}|").as_bytes(), words)
    }

    /// The same for the same contact point, and nothing to anybody without the key.
    pub fn blind(&self, contact: &Contact) -> Result<Vec<u8>> {
        self.keyed_hash(format!("{}|", contact.kind.name()).as_bytes(), contact.value.as_bytes())
    }

    /// As [`Self::blind`], for what is kept as JSON.
    pub fn mark(&self, contact: &Contact) -> Result<Mark> {
        Ok(Mark(STANDARD_NO_PAD.encode(self.blind(contact)?)))
    }

    /// The same for the same contact point of somebody who is forgotten. Whoever reads both tables can not tell that it
    /// belongs to a [`Self::blind`].
    pub fn tombstone(&self, contact: &Contact) -> Result<Vec<u8>> {
        let key = Zeroizing::new(derive(self.blind.as_slice(), "talent: tombstones"));
        hashed(key.as_slice(), format!("{}|", contact.kind.name()).as_bytes(), contact.value.as_bytes())
    }

    /// The same for the same words of a row, and nothing to anybody without the key.
    pub fn fingerprint(&self, row: &Row) -> Result<Vec<u8>> {
        self.keyed_hash(b"row|", row.words().as_bytes())
    }

    /// Seals what an import changed of a person, with the version that [`Self::sealing`] names.
    pub fn seal_change(&self, import: ImportId, candidate: CandidateId, bytes: &[u8]) -> Result<Vec<u8>> {
        self.vault(self.sealing)?.seal(bytes, &self.change_context(import, candidate))
    }

    /// Opens what an import changed of a person.
    pub fn open_change(
        &self,
        import: ImportId,
        candidate: CandidateId,
        version: i16,
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        self.vault(version)?.open(sealed, &self.change_context(import, candidate))
    }

    /// The same for the same fingerprint of an imported file, and nothing to anybody without the key.
    pub fn blind_import(&self, fingerprint: &str) -> Result<Vec<u8>> {
        self.keyed_hash(b"import|", fingerprint.as_bytes())
    }

    /// The same for the same file, and nothing to anybody without the key.
    pub fn blind_file(&self, file: &[u8]) -> Result<Vec<u8>> {
        self.keyed_hash(b"file|", file)
    }

    /// The key of the blind index, to be kept by itself when the version that it was derived from goes.
    pub fn blind_key(&self) -> &[u8] {
        self.blind.as_slice()
    }

    fn keyed_hash(&self, purpose: &[u8], value: &[u8]) -> Result<Vec<u8>> {
        hashed(self.blind.as_slice(), purpose, value)
    }

    fn vault(&self, version: i16) -> Result<&Vault> {
        self.vaults.get(&version).ok_or_else(|| {
            tracing::error!(tenant = %self.tenant, version, "a value needs a version of the key that is not there");
            Error::unavailable("KEY_VERSION_UNKNOWN", "the key that opens this is not known here yet; try again")
        })
    }

    fn part_context(&self, resume: ResumeId, part: Part) -> Vec<u8> {
        format!("{}|{resume}|{}", self.tenant, part.name()).into_bytes()
    }

    fn activity_context(&self, activity: ActivityId) -> Vec<u8> {
        format!("{}|{activity}", self.tenant).into_bytes()
    }

    fn change_context(&self, import: ImportId, candidate: CandidateId) -> Vec<u8> {
        format!("{}|{import}|{candidate}", self.tenant).into_bytes()
    }

    fn context(&self, candidate: CandidateId, kind: Kind) -> Vec<u8> {
        format!("{}|{candidate}|{}", self.tenant, kind.name()).into_bytes()
    }
}

fn hashed(key: &[u8], purpose: &[u8], value: &[u8]) -> Result<Vec<u8>> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).map_err(|error| Error::internal("a blind index has no key", &error))?;
    mac.update(purpose);
    mac.update(value);
    Ok(mac.finalize().into_bytes().to_vec())
}

fn blind_of(first: &[u8]) -> [u8; KEY] {
    derive(first, "talent: blind index")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tenant: TenantId, versions: &[(i16, u8)]) -> TenantKey {
        let sealing = versions.last().unwrap().0;
        let versions = versions.iter().map(|(version, byte)| (*version, Zeroizing::new(vec![*byte; KEY]))).collect();
        TenantKey::new(tenant, &versions, sealing).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_only() {
        let (tenant, other) = (TenantId::new(), TenantId::new());
        let ours = key(tenant, &[(1, 1)]);
        let contact = Contact { kind: Kind::Email, value: "ann@example.com".to_owned() };
        let (ann, bob) = (CandidateId::new(), CandidateId::new());
        let sealed = ours.seal(ann, &contact).unwrap();
        assert_eq!(ours.open(ann, Kind::Email, 1, &sealed.bytes).unwrap(), contact.value);
        assert!(ours.open(bob, Kind::Email, 1, &sealed.bytes).is_err());
        assert!(ours.open(ann, Kind::Phone, 1, &sealed.bytes).is_err());
        assert!(ours.open(ann, Kind::Email, 2, &sealed.bytes).is_err());
        assert!(key(other, &[(1, 1)]).open(ann, Kind::Email, 1, &sealed.bytes).is_err());
        assert!(key(tenant, &[(1, 2)]).open(ann, Kind::Email, 1, &sealed.bytes).is_err());
    }

    #[test]
    fn a_new_version_seals_the_old_one_opens_and_the_blind_index_stays() {
        let tenant = TenantId::new();
        let (before, ann) = (key(tenant, &[(1, 1)]), CandidateId::new());
        let contact = Contact { kind: Kind::Email, value: "ann@example.com".to_owned() };
        let sealed = before.seal(ann, &contact).unwrap();

        let both = key(tenant, &[(1, 1), (2, 2)]);
        assert_eq!(both.open(ann, Kind::Email, sealed.version, &sealed.bytes).unwrap(), contact.value);
        assert_eq!(both.seal(ann, &contact).unwrap().version, 2);
        assert_eq!(both.blind(&contact).unwrap(), before.blind(&contact).unwrap());

        let blind = Zeroizing::new(before.blind_key().to_vec());
        let versions = BTreeMap::from([(BLIND, blind), (2, Zeroizing::new(vec![2; KEY]))]);
        let after = TenantKey::new(tenant, &versions, 2).unwrap();
        assert_eq!(after.blind(&contact).unwrap(), before.blind(&contact).unwrap());
        let without = BTreeMap::from([(2, Zeroizing::new(vec![2; KEY]))]);
        assert!(TenantKey::new(tenant, &without, 2).is_none(), "nothing is blinded with a key that nobody chose");
    }

    #[test]
    fn a_blind_index_is_equal_for_equals_of_one_tenant_and_kind() {
        let ours = key(TenantId::new(), &[(1, 1)]);
        let contact = |kind, value: &str| Contact { kind, value: value.to_owned() };
        let email = ours.blind(&contact(Kind::Email, "x")).unwrap();
        assert_eq!(email, ours.blind(&contact(Kind::Email, "x")).unwrap());
        assert_ne!(email, ours.blind(&contact(Kind::Phone, "x")).unwrap());
        assert_ne!(email, ours.blind(&contact(Kind::Email, "y")).unwrap());
        assert_ne!(email, key(TenantId::new(), &[(1, 2)]).blind(&contact(Kind::Email, "x")).unwrap());
        let gone = ours.tombstone(&contact(Kind::Email, "x")).unwrap();
        assert_eq!(gone, ours.tombstone(&contact(Kind::Email, "x")).unwrap());
        assert_ne!(gone, email, "a tombstone does not lead to a blind index");
        assert_ne!(gone, ours.tombstone(&contact(Kind::Phone, "x")).unwrap());
    }
}
