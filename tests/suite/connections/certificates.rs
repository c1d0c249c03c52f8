//! Certificates for servers and clients, made with openssl: good ones, and each kind that is refused somewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with certificates.
pub struct Certificates {
    pub folder: PathBuf,
}

/// Certificates of servers, by the names of their files.
pub const SERVERS: [&str; 8] = ["good", "expired", "late", "elsewhere", "old", "itself", "wildcard", "stranger"];

impl Certificates {
    /// Makes all of them: three authorities, `root`, `other`, and `impostor`, which has the first one's name; the first signs all but `stranger`. `itself` is signed by itself, as the manual says; `old` has
    /// no extensions, and its name in the subject.
    pub fn make(folder: &Path) -> Result<Certificates, String> {
        let made = Certificates { folder: folder.to_owned() };
        for (name, subject) in [("root", "root"), ("other", "other"), ("impostor", "root")] {
            made.openssl(&format!(
                "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN={subject} -keyout {name}.key -out {name}.crt"
            ))?;
        }
        let localhost = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        made.sign("good", "root", "-days 30", "ignored", Some(localhost))?;
        made.sign("elsewhere", "root", "-days 30", "elsewhere", Some("subjectAltName=DNS:elsewhere.example.org"))?;
        made.sign("wildcard", "root", "-days 30", "localhost", Some("subjectAltName=DNS:*.localhost"))?;
        made.sign("stranger", "other", "-days 30", "localhost", Some(localhost))?;
        made.sign("old", "root", "-days 30", "localhost", None)?;
        made.sign("ann", "root", "-days 30", "ann", Some("keyUsage=digitalSignature"))?;
        made.sign("mallory", "other", "-days 30", "ann", Some("keyUsage=digitalSignature"))?;
        made.expired("expired", Some(localhost))?;
        made.expired("late", None)?;
        made.openssl("req -new -x509 -newkey rsa:2048 -days 30 -nodes -subj /CN=localhost -keyout itself.key -out itself.crt")?;
        made.revoke_nothing_and("good")?;
        for name in SERVERS.iter().chain(&["ann", "mallory"]) {
            restrict(&made.path(&format!("{name}.key")))?;
        }
        Ok(made)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn request(&self, name: &str, subject: &str) -> Result<(), String> {
        self.openssl(&format!("req -new -newkey rsa:2048 -nodes -subj /CN={subject} -keyout {name}.key -out {name}.csr"))
    }

    fn sign(&self, name: &str, by: &str, days: &str, subject: &str, extension: Option<&str>) -> Result<(), String> {
        self.request(name, subject)?;
        let extensions = match extension {
            Some(text) => {
                std::fs::write(self.path("extensions"), text).map_err(|error| error.to_string())?;
                "-extfile extensions"
            }
            None => "",
        };
        self.openssl(&format!(
            "x509 -req -in {name}.csr {days} -CA {by}.crt -CAkey {by}.key -CAcreateserial -out {name}.crt {extensions}"
        ))
    }

    /// `openssl x509` cannot make one of the past; `openssl ca` can.
    fn expired(&self, name: &str, extension: Option<&str>) -> Result<(), String> {
        self.request(name, "localhost")?;
        self.authority(extension.unwrap_or_default())?;
        let more = if extension.is_some() { "-extensions more" } else { "" };
        let dates = "-startdate 20200101000000Z -enddate 20200201000000Z";
        self.openssl(&format!("ca -batch -config authority {dates} -in {name}.csr -out {name}.crt -notext {more}"))
    }

    /// Two lists of revoked certificates: `none.crl`, and one that names a certificate.
    fn revoke_nothing_and(&self, name: &str) -> Result<(), String> {
        self.authority("")?;
        self.openssl("ca -config authority -gencrl -crldays 20 -out none.crl")?;
        self.openssl(&format!("ca -config authority -revoke {name}.crt"))?;
        self.openssl("ca -config authority -gencrl -crldays 20 -out revoked.crl")
    }

    fn authority(&self, more: &str) -> Result<(), String> {
        let text = format!(
            "[ca]\ndefault_ca=own\n[own]\ndir=.\ndatabase=index\nserial=serial\ncrlnumber=number\nnew_certs_dir=.\ncertificate=root.crt\nprivate_key=root.key\n\
             default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[more]\n{more}"
        );
        for (file, text) in [("authority", text.as_str()), ("index", ""), ("serial", "1000\n"), ("number", "01\n")] {
            std::fs::write(self.path(file), text).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn openssl(&self, arguments: &str) -> Result<(), String> {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(&self.folder)
            .output()
            .map_err(|error| format!("openssl: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Takes a file from everybody but its owner.
pub fn restrict(path: &Path) -> Result<(), String> {
    set_mode(path, 0o600)
}

pub fn set_mode(path: &Path, mode: u32) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(|error| format!("{}: {error}", path.display()))
}
