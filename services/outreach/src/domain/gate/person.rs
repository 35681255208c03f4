//! What the gates know of a reader, as talent told it.

use chassis::{TenantId, vault::Vault};
use secrecy::{ExposeSecret as _, SecretString};
use usher_proto::talent::v1::GetRecipientResponse;

use super::Agreed;

/// The hash of an address is of no use for anything else.
const CONTEXT: &str = "outreach: address";

/// A reader.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub agreed: Agreed,
    /// IANA; empty when it is not known.
    pub time_zone: String,
    email: SecretString,
    phone: SecretString,
    wechat: SecretString,
}

impl Person {
    /// As talent told it.
    pub fn of(recipient: &GetRecipientResponse) -> Self {
        Self {
            agreed: Agreed { consents: recipient.consents().collect(), refusals: recipient.refusals().collect() },
            time_zone: recipient.time_zone.clone(),
            email: recipient.email.as_str().into(),
            phone: recipient.phone.as_str().into(),
            wechat: recipient.wechat_id.as_str().into(),
        }
    }

    /// Where they are reached on a channel, as a keyed hash; `None` when nowhere. The hash knows tenant and channel, so that
    /// nobody's are told to be another's.
    pub fn address_hash(&self, vault: &Vault, tenant: TenantId, channel: &str) -> Option<Vec<u8>> {
        let address = match channel {
            "sms" | "phone" => &self.phone,
            "wechat" | "wecom" => &self.wechat,
            _ => &self.email,
        };
        address_hash(vault, tenant, channel, address.expose_secret())
    }
}

/// An address on a channel, as a keyed hash; `None` for an empty one.
pub fn address_hash(vault: &Vault, tenant: TenantId, channel: &str, address: &str) -> Option<Vec<u8>> {
    let address = match channel {
        // However it is written, it is one number.
        "sms" | "phone" => address.chars().filter(|one| one.is_ascii_digit() || *one == '+').collect(),
        _ => address.trim().to_lowercase(),
    };
    if address.is_empty() {
        return None;
    }
    let text = format!("{tenant}/{channel}/{address}");
    Some(vault.tag(text.as_bytes(), CONTEXT).to_vec())
}

#[cfg(test)]
mod tests {
    use chassis::vault::derive;
    use usher_proto::talent::v1::ConsentPurpose;

    use super::*;

    #[test]
    fn an_address_is_recognized_and_not_told() {
        let vault = Vault::new(&derive(b"key", "test"));
        let tenant = TenantId::new();
        let person = |email: &str| {
            let recipient = GetRecipientResponse {
                email: email.to_owned(),
                phone: "+86 21 5555 0100".to_owned(),
                consents: vec![ConsentPurpose::Opportunities.into(), 99],
                ..GetRecipientResponse::default()
            };
            Person::of(&recipient)
        };
        let ann = person("ann@example.com");
        assert!(!format!("{ann:?}").contains("ann@"));
        assert_eq!(ann.agreed.consents, [ConsentPurpose::Opportunities], "a purpose of later versions is none of ours");
        let hash = ann.address_hash(&vault, tenant, "email").unwrap();
        assert_eq!(person(" Ann@Example.com").address_hash(&vault, tenant, "email").unwrap(), hash);
        for other in [
            person("bob@example.com").address_hash(&vault, tenant, "email"),
            ann.address_hash(&vault, tenant, "sms"),
            ann.address_hash(&vault, TenantId::new(), "email"),
            ann.address_hash(&Vault::new(&derive(b"other", "test")), tenant, "email"),
        ] {
            assert_ne!(other.unwrap(), hash);
        }
        assert_eq!(ann.address_hash(&vault, tenant, "wechat"), None);
        let number = |written: &str| address_hash(&vault, tenant, "sms", written).unwrap();
        assert_eq!(number("+86 138-0000 0100"), number("+8613800000100"));
    }
}
