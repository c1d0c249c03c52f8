//! What the session says beside who is signed in: claims of its token, by their place there, and attributes that rowgate.yaml declares.

use crate::catalog::{ColumnRef, Type};

/// Where a claim stands in the token: the keys that lead to it, at least one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimPath(pub Vec<String>);

/// A text of the session or of its token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// A claim, as a condition names it.
    Token(ClaimPath),
    /// `Session's Tenant`
    Attribute {
        /// What rules call it.
        name: String,
        /// Where it comes from.
        source: AttributeSource,
    },
}

/// Where an attribute of the session comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeSource {
    /// A claim of the token.
    Claim(ClaimPath),
    /// A setting of this name. Of a list, values stand between commas.
    Setting(String),
}

/// A declared attribute of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// What rules call it behind `Session's`.
    pub name: String,
    /// Where it comes from.
    pub source: AttributeSource,
    /// What it is; of a list, what its elements are.
    pub r#type: Type,
    /// The key that it is one of.
    pub references: Option<ColumnRef>,
    /// Whether there may be many of it.
    pub is_list: bool,
}

impl ClaimPath {
    /// Reads a name, or a path that starts with a slash (RFC 6901).
    pub fn parse(text: &str) -> ClaimPath {
        match text.strip_prefix('/') {
            Some(path) => ClaimPath(path.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()),
            None => ClaimPath(vec![text.to_owned()]),
        }
    }

    /// Whether it stands in the part of a token that its holder writes without anybody's consent. Services put a prefix before the name,
    /// as in `https://example.com/user_metadata`.
    pub fn is_written_by_users(&self) -> bool {
        let names = ["user_metadata", "user_meta_data", "usermetadata", "unsafe_metadata", "unsafemetadata"];
        self.0.iter().any(|step| names.iter().any(|name| step.to_ascii_lowercase().ends_with(name)))
    }
}

impl Claim {
    /// Where it stands in the token, or the name of the setting that has it.
    pub fn place(&self) -> Result<&ClaimPath, &str> {
        match self {
            Claim::Token(path) | Claim::Attribute { source: AttributeSource::Claim(path), .. } => Ok(path),
            Claim::Attribute { source: AttributeSource::Setting(name), .. } => Err(name),
        }
    }
}

impl Attribute {
    /// What conditions ask for.
    pub fn claim(&self) -> Claim {
        Claim::Attribute { name: self.name.clone(), source: self.source.clone() }
    }
}
