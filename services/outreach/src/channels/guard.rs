//! Where a tenant's channel may lead: never into the network that the installation runs in (SSRF).
//!
//! It is asked after the name was resolved, for the very addresses that are connected to, so that a name can not be one thing
//! when it is looked at and another when it is used.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use chassis::{Error, Result};
use reqwest::Url;

use super::SendError;

/// Says which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    allows_private: bool,
}

/// A name leads to nothing but addresses that are refused.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the address leads into a private network")]
pub struct Refused;

impl From<Refused> for SendError {
    fn from(refused: Refused) -> Self {
        Self::broken(format!("{refused}, which outreach.allow_private_addresses would have to allow"))
    }
}

impl Guard {
    /// Public addresses alone, or all of them.
    pub fn new(allows_private: bool) -> Self {
        Self { allows_private }
    }

    /// All addresses: for what whoever runs the installation has set up.
    pub fn open() -> Self {
        Self { allows_private: true }
    }

    /// Whether there may be a connection to it.
    pub fn permits(self, ip: IpAddr) -> bool {
        self.allows_private || is_public(ip)
    }

    /// The addresses of a host that may be connected to.
    pub async fn resolve(self, host: &str, port: u16) -> std::result::Result<Vec<SocketAddr>, SendError> {
        let found = tokio::net::lookup_host((host, port)).await;
        let found = found.map_err(|_| SendError::transient("the server's name is not known"))?;
        let permitted: Vec<SocketAddr> = found.filter(|address| self.permits(address.ip())).collect();
        if permitted.is_empty() { Err(Refused.into()) } else { Ok(permitted) }
    }

    /// Whether an address in figures may be connected to; names are looked at when they are resolved.
    pub fn permits_host(self, host: &str) -> bool {
        host.trim_matches(['[', ']']).parse().map_or(true, |ip| self.permits(ip))
    }

    /// An address of a provider or a webhook, as it is set: with TLS and without user and password, and not into a private
    /// network where that shows already. Errors: `CHANNEL_INVALID`, `ADDRESS_REFUSED`.
    pub fn url(self, field: &str, text: &str) -> Result<Url> {
        let wrong = |why: &'static str| Error::invalid(field.to_owned(), "CHANNEL_INVALID", why);
        let url = Url::parse(text).map_err(|_| wrong("must be an address such as https://example.com/messages"))?;
        let is_safe = url.scheme() == "https" || (self.allows_private && url.scheme() == "http");
        if !is_safe || !url.has_host() {
            return Err(wrong("must begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user or a password"));
        }
        self.host(field, url.host_str().unwrap_or_default())?;
        Ok(url)
    }

    /// As [`Guard::url`], for a host alone.
    pub fn host(self, field: &str, host: &str) -> Result<()> {
        if self.permits_host(host) {
            return Ok(());
        }
        let why = "leads into a private network; whoever runs the installation may allow it: outreach.allow_private_addresses";
        Err(Error::invalid(field.to_owned(), "ADDRESS_REFUSED", why))
    }
}

/// Whether an address is one of the whole internet: IANA's registries of special-purpose addresses, and what wraps one.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        // Between a carrier and its customers (RFC 6598).
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        // Where tunnels from IPv6 begin (RFC 7526).
        || (a == 192 && b == 88 && c == 99)
        // Measurements between networks (RFC 2544).
        || (a == 198 && (b == 18 || b == 19))
        // Multicast, reserved, broadcast.
        || a >= 224)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, ..] = ip.segments();
    let inner = |place: usize| {
        let bytes = ip.octets();
        Ipv4Addr::new(bytes[place], bytes[place + 1], bytes[place + 2], bytes[place + 3])
    };
    match (a, b) {
        // IPv4 in the clothes of IPv6, by translation (RFC 6052) or by tunnel (RFC 3056).
        (0x64, 0xff9b) if ip.segments()[2..6] == [0; 4] => is_public_v4(inner(12)),
        (0x2002, _) => is_public_v4(inner(2)),
        // Teredo, benchmarks, ORCHID; documentation (RFC 3849, RFC 9637).
        (0x2001, b) if b < 0x200 => false,
        (0x2001, 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // Only this part is handed out; all of loopback, mapped, local and multicast lies elsewhere.
        _ => (0x2000..0x4000).contains(&a) && (a, b, c) != (0x2001, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_addresses_of_the_whole_internet_are_public() {
        for ip in
            ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2400:3200::1", "2606:4700::1", "64:ff9b::808:808"]
        {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "fec0::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "3fff::1",
            "100::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn an_address_in_figures_is_refused_when_it_is_set_however_it_is_spelt() {
        let guard = Guard::new(false);
        for url in [
            "https://127.0.0.1/x",
            "https://127.1/x",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest",
            "https://0177.0.0.1/",
        ] {
            assert_eq!(guard.url("f", url).unwrap_err().reason(), "ADDRESS_REFUSED", "{url}");
            assert!(Guard::open().url("f", url).is_ok());
        }
        for url in ["http://example.com/", "ftp://example.com/", "https://", "example.com", "https://u:p@example.com/"]
        {
            assert_eq!(guard.url("f", url).unwrap_err().reason(), "CHANNEL_INVALID", "{url}");
        }
        assert!(guard.url("f", "https://example.com/x").is_ok());
    }

    #[tokio::test]
    async fn a_name_is_looked_at_when_it_is_resolved() {
        assert!(matches!(
            Guard::new(false).resolve("localhost", 25).await,
            Err(SendError::Permanent { fault: crate::channels::Fault::Channel, .. })
        ));
        assert!(!Guard::open().resolve("localhost", 25).await.unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_private_address_gets_through(b in any::<u8>(), c in any::<u8>(), d in any::<u8>()) {
            let ip = Ipv4Addr::new(10, b, c, d);
            prop_assert!(!is_public(ip.into()));
            prop_assert!(!is_public(ip.to_ipv6_mapped().into()));
            prop_assert!(!is_public(ip.to_ipv6_compatible().into()));
        }
    }
}
