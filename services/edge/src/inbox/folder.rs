//! The mail folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::mail::Mail;

/// So many mails are listed; a trial installation rarely has more.
const LISTED: usize = 200;
/// A file over this is no mail of ours.
const LARGEST: u64 = 10 * 1024 * 1024;

/// A folder with one `.eml` file per mail.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// A line of the list.
#[derive(Debug)]
pub struct Listed {
    /// The file's name.
    pub name: String,
    /// What it says; `None` when it is no readable mail.
    pub mail: Option<Mail>,
}

impl Folder {
    /// The folder of the settings; an empty path is none.
    pub fn at(path: &str) -> Option<Self> {
        (!path.is_empty()).then(|| Self(PathBuf::from(path)))
    }

    /// The newest mails, newest first, and how many more there are. A folder that does not exist yet is empty.
    pub fn list(&self) -> (Vec<Listed>, usize) {
        let Ok(entries) = fs::read_dir(&self.0) else { return (Vec::new(), 0) };
        let mut found: Vec<(SystemTime, String)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let name = entry.file_name().into_string().ok().filter(|name| is_mail_name(name))?;
                let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), name))
            })
            .collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        let more = found.len().saturating_sub(LISTED);
        found.truncate(LISTED);
        let read = |name: String| {
            let mail = self.read(&name).and_then(|raw| Mail::read(&raw));
            Listed { name, mail }
        };
        (found.into_iter().map(|(_, name)| read(name)).collect(), more)
    }

    /// One mail's file. Nothing outside the folder is ever opened.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let path = is_mail_name(name).then(|| self.0.join(name))?;
        // A link could lead out of the folder.
        let about = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
        if about.len() > LARGEST {
            return None;
        }
        fs::read(path).ok()
    }
}

/// A plain file name with the ending of a mail: no folder, no hidden file.
fn is_mail_name(name: &str) -> bool {
    let plain = !name.contains(['/', '\\', '\0']) && !name.starts_with('.');
    plain && Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("eml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_opened() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("mails");
        fs::create_dir(&inner).unwrap();
        fs::write(outer.path().join("secret.eml"), "Subject: secret\r\n\r\n").unwrap();
        fs::write(inner.join("a.eml"), "Subject: a\r\n\r\nhello").unwrap();
        fs::write(inner.join("key.pem"), "key").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outer.path().join("secret.eml"), inner.join("link.eml")).unwrap();
        let folder = Folder::at(inner.to_str().unwrap()).unwrap();
        assert!(folder.read("a.eml").is_some());
        let absolute = outer.path().join("secret.eml");
        for name in
            ["../secret.eml", "..\\secret.eml", absolute.to_str().unwrap(), "link.eml", "key.pem", "a.eml\0", "..", ""]
        {
            assert!(folder.read(name).is_none(), "{name}");
        }
        assert_eq!(folder.list().0.iter().map(|mail| mail.name.as_str()).collect::<Vec<_>>(), ["a.eml"]);
    }
}
