//! The installation's keys, which wrap the tenants' keys.

use std::{fmt, sync::Arc};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chassis::{
    Error, Result,
    vault::{Vault, derive},
};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{
    KEY,
    kms::{self, Plugin},
};

/// Those of a file, those of a key management service, or both: then one of the two wraps, and each opens what it has
/// wrapped. Cheap to clone.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    file: Arc<Keys>,
    plugin: Option<Plugin>,
    plugin_wraps: bool,
}

/// Keys of a file; the first one wraps, the others open what they wrapped before.
#[derive(Default)]
struct Keys(Vec<(String, Vault)>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A tenant's key, wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The name of the key that wrapped it; "" when it had none yet.
    pub master_key: String,
    pub bytes: Vec<u8>,
}

impl MasterKeys {
    /// From the text of a key file: on each line 32 random bytes in base64; empty lines and such as begin with `#` are
    /// passed over.
    pub fn read(text: &SecretString) -> anyhow::Result<Self> {
        let lines = text.expose_secret().lines().map(str::trim);
        let keys = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let bytes = Zeroizing::new(STANDARD.decode(line).context("it is not base64")?);
                let bytes: &[u8; KEY] = bytes.as_slice().try_into().context("it is not 32 bytes long")?;
                Ok(named(bytes))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        anyhow::ensure!(!keys.is_empty(), "it holds no key");
        Ok(Self { file: Arc::new(Keys(keys)), plugin: None, plugin_wraps: false })
    }

    /// In a key management service, behind a plugin at that socket.
    pub fn service(socket: &str) -> anyhow::Result<Self> {
        Ok(Self { file: Arc::default(), plugin: Some(Plugin::at(socket)?), plugin_wraps: true })
    }

    /// With the keys of a file beside the service's, so that either can take the other's place.
    #[must_use]
    pub fn with_file(self, file: Self, plugin_wraps: bool) -> Self {
        Self { file: file.file, plugin_wraps, ..self }
    }

    /// The plugin, when it is the one that wraps.
    fn wrapping_plugin(&self) -> Option<&Plugin> {
        self.plugin.as_ref().filter(|_| self.plugin_wraps)
    }

    /// The name of the key that wraps now.
    pub async fn current(&self) -> Result<String> {
        match self.wrapping_plugin() {
            Some(plugin) => plugin.current().await,
            None => Ok(self.file.first()?.0.clone()),
        }
    }

    /// Wraps a tenant's key for its place.
    pub async fn wrap(&self, key: &[u8], context: &[u8]) -> Result<Wrapped> {
        match self.wrapping_plugin() {
            Some(plugin) => plugin.wrap(key, context).await,
            None => {
                let (name, vault) = self.file.first()?;
                Ok(Wrapped { master_key: name.clone(), bytes: vault.seal(key, context)? })
            }
        }
    }

    /// Opens what was wrapped for this place.
    pub async fn unwrap(&self, wrapped: &Wrapped, context: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match (kms::answer(wrapped), &self.plugin) {
            (Some(answer), Some(plugin)) => plugin.unwrap(answer, context).await,
            (Some(_), None) => Err(Error::internal(
                "a key does not open",
                &"a key management service has wrapped it, and talent.kms_socket is empty",
            )),
            (None, _) => self.file.unwrap(wrapped, context).map(Zeroizing::new),
        }
    }
}

impl From<&[u8; KEY]> for MasterKeys {
    fn from(bytes: &[u8; KEY]) -> Self {
        Self { file: Arc::new(Keys(vec![named(bytes)])), plugin: None, plugin_wraps: false }
    }
}

/// A key and its name, which says nothing of it.
fn named(bytes: &[u8; KEY]) -> (String, Vault) {
    let [first, second, third, fourth, ..] = derive(bytes, "talent: name of a master key");
    (format!("{:08x}", u32::from_be_bytes([first, second, third, fourth])), Vault::new(bytes))
}

impl Keys {
    fn first(&self) -> Result<&(String, Vault)> {
        self.0.first().ok_or_else(|| Error::internal("there is no master key", &"an empty file"))
    }

    fn unwrap(&self, wrapped: &Wrapped, context: &[u8]) -> Result<Vec<u8>> {
        let fits = |name: &str| wrapped.master_key.is_empty() || wrapped.master_key == name;
        let opened = self
            .0
            .iter()
            .filter(|(name, _)| fits(name))
            .find_map(|(_, vault)| vault.open(&wrapped.bytes, context).ok());
        opened.ok_or_else(|| Error::internal("a key does not open", &"no key of talent.master_key_file has wrapped it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(keys: &[u8]) -> MasterKeys {
        let lines: Vec<String> = keys.iter().map(|key| STANDARD.encode([*key; KEY])).collect();
        MasterKeys::read(&format!("# the new one first\n{}\n\n", lines.join("\n")).into()).unwrap()
    }

    #[tokio::test]
    async fn the_first_key_wraps_and_every_key_opens() {
        let old = file(&[1]);
        let wrapped = old.wrap(b"tenant's", b"place").await.unwrap();
        let both = file(&[2, 1]);
        assert_eq!(both.unwrap(&wrapped, b"place").await.unwrap().as_slice(), b"tenant's");
        assert!(both.unwrap(&wrapped, b"another place").await.is_err());
        let unnamed = Wrapped { master_key: String::new(), ..wrapped.clone() };
        assert!(both.unwrap(&unnamed, b"place").await.is_ok(), "from before keys had names");

        let anew = both.wrap(b"tenant's", b"place").await.unwrap();
        assert_eq!(anew.master_key, both.current().await.unwrap());
        assert_ne!(anew.master_key, wrapped.master_key);
        assert!(file(&[2]).unwrap(&anew, b"place").await.is_ok());
        assert!(file(&[2]).unwrap(&wrapped, b"place").await.is_err());
    }

    #[test]
    fn a_key_file_holds_keys_of_32_bytes_in_base64() {
        assert!(MasterKeys::read(&format!("{}\n", STANDARD.encode([7; KEY])).into()).is_ok());
        assert!(MasterKeys::read(&STANDARD.encode([7; 31]).into()).is_err());
        assert!(MasterKeys::read(&format!("{}\nx", STANDARD.encode([7; KEY])).into()).is_err());
        assert!(MasterKeys::read(&"not base64!".to_owned().into()).is_err());
        assert!(MasterKeys::read(&"# nothing\n".to_owned().into()).is_err());
    }
}
