//! The key that signs access tokens: Ed25519, in a file that nobody else can read (PKCS#8 in PEM, RFC 8410).

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use sha2::{Digest, Sha256};

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// Characters of a line of PEM (RFC 7468, section 2).
const LINE: usize = 64;

/// Where the key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFile {
    /// In a file of the newsroom's own, which is made where it is missing.
    Own(PathBuf),
    /// In a file that somebody else puts there, and renews.
    Given(PathBuf),
}

/// Why a key cannot be used. Each says the mend.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("cannot use the signing key {}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Others than its owner can read it.
    #[error("others can read the signing key {path}: chmod 600 {path}", path = .0.display())]
    Exposed(PathBuf),
    /// It holds something else.
    #[error(
        "there is no Ed25519 key in {path} (PKCS#8 in PEM): make one with openssl genpkey -algorithm ed25519 -out {path}",
        path = .0.display()
    )]
    NoKey(PathBuf),
    /// It was given, and is retired.
    #[error("the signing key in {} is retired: put a new one there", .0.display())]
    Retired(PathBuf),
    /// The system gives no randomness.
    #[error("a signing key cannot be made: the system gives no random bytes")]
    NoRandomness,
}

/// A key that signs.
pub struct SigningKey {
    kid: String,
    public_key: String,
    pub(super) encoding: EncodingKey,
}

impl SigningKey {
    /// Its name: the thumbprint of its public half (RFC 7638, with RFC 8037, appendix A.3).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public half, in base64url.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    fn from_pem(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once(BEGIN)?;
        let (body, _) = rest.split_once(END)?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).ok()?;
        let public_key = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Some(Self {
            kid: thumbprint(&public_key),
            public_key,
            encoding: EncodingKey::from_ed_der(&der),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn thumbprint(public_key: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public_key}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

impl KeyFile {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Own(path) | Self::Given(path) => path,
        }
    }

    /// Reads the key; one of the newsroom's own is made first where it is missing.
    ///
    /// # Errors
    /// Where it cannot be read or made, or others can read it.
    pub fn open(&self) -> Result<SigningKey, KeyFileError> {
        let path = self.path();
        if let Self::Own(_) = self
            && !path.exists()
        {
            let written = write_beside(path)?;
            // A link fails where there is a file: whoever made one at the same time made the key.
            let linked = fs::hard_link(&written, path);
            let removed = fs::remove_file(&written);
            match linked {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(path, error)),
                _ => removed.map_err(|error| failed(&written, error))?,
            }
        }
        read(path)
    }

    /// Puts a new key in the place of the one that is there.
    ///
    /// # Errors
    /// Where it is not the newsroom's own, or cannot be written.
    pub fn renew(&self) -> Result<SigningKey, KeyFileError> {
        match self {
            Self::Given(path) => Err(KeyFileError::Retired(path.clone())),
            Self::Own(path) => {
                let written = write_beside(path)?;
                fs::rename(&written, path).map_err(|error| failed(path, error))?;
                read(path)
            }
        }
    }
}

fn failed(path: &Path, cause: io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.to_owned(),
        cause,
    }
}

fn read(path: &Path) -> Result<SigningKey, KeyFileError> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    if is_exposed(&file).map_err(|error| failed(path, error))? {
        return Err(KeyFileError::Exposed(path.to_owned()));
    }
    let pem = io::read_to_string(file).map_err(|error| failed(path, error))?;
    SigningKey::from_pem(&pem).ok_or_else(|| KeyFileError::NoKey(path.to_owned()))
}

/// Writes a new key into a file of its own beside that one, and answers where: it is whole before it has its name.
fn write_beside(path: &Path) -> Result<PathBuf, KeyFileError> {
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| KeyFileError::NoRandomness)?;
    let body = STANDARD.encode(document.as_ref());
    let mut pem = format!("{BEGIN}\n");
    for line in body.as_bytes().chunks(LINE) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str(END);
    pem.push('\n');
    let beside = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
    let written = private_file(&beside).and_then(|mut file| {
        file.write_all(pem.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| failed(&beside, error))?;
    Ok(beside)
}

/// Makes a file that only its owner can read, from the start.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?);
    Ok(mode & 0o077 != 0)
}

/// Other systems keep rights elsewhere.
#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::Own(folder.path().join("keys/signing-key.pem"));
        let made = file.open().unwrap();
        assert_eq!(made.kid(), file.open().unwrap().kid());
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1);
        let renewed = file.renew().unwrap();
        assert_ne!(made.kid(), renewed.kid());
        assert_eq!(renewed.kid(), file.open().unwrap().kid());
        assert!(!format!("{renewed:?}").contains(renewed.public_key()));
        let given = KeyFile::Given(file.path().to_owned());
        assert!(given.open().is_ok() && given.renew().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_mend() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing-key.pem");
        let file = KeyFile::Own(path.clone());
        file.open().unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let said = file.open().unwrap_err().to_string();
        assert!(said.ends_with(&format!("chmod 600 {}", path.display())), "{said}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let missing = KeyFile::Given(path.clone());
        assert!(matches!(missing.open(), Err(KeyFileError::Io { .. })));
        private_file(&path)
            .unwrap()
            .write_all(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
            .unwrap();
        assert!(matches!(missing.open(), Err(KeyFileError::NoKey(_))));
    }

    #[test]
    fn a_keys_name_is_the_thumbprint_of_rfc_8037() {
        let of_the_rfc = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        assert_eq!(thumbprint(of_the_rfc), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
