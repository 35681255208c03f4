//! The addresses that replies go to. What stands in one is signed: nobody makes one up, and nothing is looked for that was
//! not given out.

use chassis::{Error, Result, TenantId};
use uuid::Uuid;

use crate::domain::{
    message::MessageId,
    token::{Purpose, TokenKey},
};

/// Short, since 64 characters hold no more beside the token.
const REPLY: &str = "r";
const INBOX: &str = "inbox";

/// What an address stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Replies to one message.
    Message(TenantId, MessageId),
    /// Whatever else comes to a tenant.
    Inbox(TenantId),
}

impl Place {
    pub fn tenant(self) -> TenantId {
        match self {
            Self::Message(tenant, _) | Self::Inbox(tenant) => tenant,
        }
    }
}

/// Writes and reads addresses. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Addresses {
    tokens: TokenKey,
    /// Empty when there are none.
    domain: String,
}

impl Addresses {
    /// At a domain; at none where it is empty.
    pub fn new(tokens: TokenKey, domain: &str) -> Self {
        Self { tokens, domain: domain.trim().trim_end_matches('.').to_ascii_lowercase() }
    }

    /// Where replies to a message go; `None` where there is no domain.
    pub fn of_message(&self, tenant: TenantId, message: MessageId) -> Option<String> {
        self.written(REPLY, &self.tokens.write_local(Purpose::Reply, tenant, message.0))
    }

    /// A tenant's own; `None` where there is no domain.
    pub fn of_tenant(&self, tenant: TenantId) -> Option<String> {
        self.written(INBOX, &self.tokens.write_local(Purpose::Inbox, tenant, Uuid::nil()))
    }

    fn written(&self, name: &str, token: &str) -> Option<String> {
        (!self.domain.is_empty()).then(|| format!("{name}+{token}@{}", self.domain))
    }

    /// What an address stands for; `None` for one that is none of ours.
    pub fn read(&self, address: &str) -> Option<Place> {
        let address = address.trim().trim_start_matches('<').trim_end_matches('>');
        let (local, domain) = address.rsplit_once('@')?;
        if self.domain.is_empty() || !domain.eq_ignore_ascii_case(&self.domain) {
            return None;
        }
        let (name, token) = local.split_once('+')?;
        if name.eq_ignore_ascii_case(REPLY) {
            let token = self.tokens.read_local(Purpose::Reply, token).ok()?;
            return Some(Place::Message(token.tenant, MessageId(token.subject)));
        }
        let token = name.eq_ignore_ascii_case(INBOX).then(|| self.tokens.read_local(Purpose::Inbox, token).ok())??;
        Some(Place::Inbox(token.tenant))
    }

    /// Where a mail belongs that somebody brings for a tenant: what they bring to other addresses is the tenant's as well.
    /// Errors: [`unknown`].
    pub fn place(&self, recipient: &str, tenant: Option<TenantId>) -> Result<Place> {
        match (self.read(recipient), tenant) {
            (Some(place), None) => Ok(place),
            (Some(place), Some(tenant)) if place.tenant() == tenant => Ok(place),
            (None, Some(tenant)) => Ok(Place::Inbox(tenant)),
            _ => Err(unknown()),
        }
    }
}

/// The one answer to an address that leads nowhere: `NOT_FOUND` (`ADDRESS_UNKNOWN`).
pub fn unknown() -> Error {
    Error::not_found("ADDRESS_UNKNOWN", "replies to this address belong to nothing here")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn addresses() -> Addresses {
        Addresses::new(TokenKey::new(&[3; 32]), "Reply.Example.com.")
    }

    #[test]
    fn an_address_is_read_as_it_was_meant_however_it_is_written() {
        let (tenant, message) = (TenantId::new(), MessageId::new());
        let of_message = addresses().of_message(tenant, message).unwrap();
        let of_tenant = addresses().of_tenant(tenant).unwrap();
        for (address, place) in [(&of_message, Place::Message(tenant, message)), (&of_tenant, Place::Inbox(tenant))] {
            let local = address.split('@').next().unwrap();
            assert!(local.len() <= 64 && address.ends_with("@reply.example.com"), "{address}");
            address.parse::<lettre::Address>().expect("other programs take it");
            for written in [address.clone(), address.to_uppercase(), format!("<{address}>")] {
                assert_eq!(addresses().read(&written), Some(place), "{written}");
            }
        }
        let swapped = format!("inbox+{}", of_message.split_once('+').unwrap().1);
        let elsewhere = of_message.replace("@reply", "@other");
        for none in [swapped.as_str(), &elsewhere, "hr@reply.example.com", "r+@reply.example.com", "@", "", "r+a"] {
            assert_eq!(addresses().read(none), None, "{none}");
        }
        assert!(Addresses::new(TokenKey::new(&[3; 32]), "").of_message(tenant, message).is_none());
        let off = Addresses::new(TokenKey::new(&[3; 32]), "");
        assert_eq!(off.read(&format!("{}@", of_message.split('@').next().unwrap())), None);
    }

    #[test]
    fn what_is_brought_for_a_tenant_is_never_anothers() {
        let (ours, theirs) = (TenantId::new(), TenantId::new());
        let address = addresses().of_message(theirs, MessageId::new()).unwrap();
        assert_eq!(addresses().place(&address, Some(ours)).unwrap_err().reason(), "ADDRESS_UNKNOWN");
        assert_eq!(addresses().place("hr@example.com", Some(ours)).unwrap(), Place::Inbox(ours));
        assert_eq!(addresses().place("hr@example.com", None).unwrap_err().reason(), "ADDRESS_UNKNOWN");
        assert_eq!(addresses().place(&address, None).unwrap().tenant(), theirs);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            prop_assert_eq!(addresses().read(&text), None);
            prop_assert_eq!(addresses().read(&format!("r+{text}@reply.example.com")), None);
        }
    }
}
