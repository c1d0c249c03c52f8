//! The `migrations` entry: a folder, and the tool that runs what is in it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor, value};

/// Where migrations are written, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrations {
    /// The folder, relative to the project's.
    pub folder: String,
    /// The tool whose folder it is.
    pub layout: Layout,
}

/// How a tool wants its migrations: how files are called, and what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Of no tool: psql runs them.
    #[default]
    Plain,
    /// sqlx.
    Sqlx,
    /// The command line of Supabase.
    Supabase,
    /// dbmate.
    Dbmate,
    /// golang-migrate.
    GolangMigrate,
    /// goose.
    Goose,
    /// Flyway.
    Flyway,
    /// refinery.
    Refinery,
    /// Ruby on Rails.
    Rails,
    /// Prisma Migrate.
    Prisma,
}

impl Layout {
    /// All of them.
    pub const ALL: [Layout; 10] = [
        Layout::Plain,
        Layout::Sqlx,
        Layout::Supabase,
        Layout::Dbmate,
        Layout::GolangMigrate,
        Layout::Goose,
        Layout::Flyway,
        Layout::Refinery,
        Layout::Rails,
        Layout::Prisma,
    ];

    /// As it is written in `rowgate.yaml`.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Plain => "plain",
            Layout::Sqlx => "sqlx",
            Layout::Supabase => "supabase",
            Layout::Dbmate => "dbmate",
            Layout::GolangMigrate => "golang-migrate",
            Layout::Goose => "goose",
            Layout::Flyway => "flyway",
            Layout::Refinery => "refinery",
            Layout::Rails => "rails",
            Layout::Prisma => "prisma",
        }
    }
}

impl Default for Migrations {
    fn default() -> Migrations {
        Migrations { folder: default_folder(), layout: Layout::Plain }
    }
}

fn default_folder() -> String {
    "migrations".to_owned()
}

/// The form with a layout.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default = "default_folder")]
    folder: String,
    #[serde(default)]
    layout: Layout,
}

impl<'de> Deserialize<'de> for Migrations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FolderOrMapping;
        impl<'de> Visitor<'de> for FolderOrMapping {
            type Value = Migrations;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a folder, or a folder and a layout: `{ folder: supabase/migrations, layout: supabase }`")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Migrations { folder: text.to_owned(), layout: Layout::Plain })
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
                let Written { folder, layout } = Written::deserialize(value::MapAccessDeserializer::new(entries))?;
                Ok(Migrations { folder, layout })
            }
        }
        deserializer.deserialize_any(FolderOrMapping)
    }
}

#[cfg(test)]
mod tests {
    use super::{Layout, Migrations};
    use crate::diagnostic::Sources;
    use crate::yaml;

    fn read(text: &str) -> Result<Migrations, String> {
        let mut sources = Sources::default();
        let file = sources.add("rowgate.yaml", text);
        yaml::parse(&sources, file).map_err(|told| format!("{}; {:?}", told.title, told.helps))
    }

    #[test]
    fn a_folder_or_a_folder_and_a_layout() {
        let plain = |folder: &str| Ok(Migrations { folder: folder.to_owned(), layout: Layout::Plain });
        assert_eq!(read("db/steps"), plain("db/steps"));
        assert_eq!(read("{ folder: db/steps }"), plain("db/steps"));
        for layout in Layout::ALL {
            let read = read(&format!("{{ folder: x, layout: {} }}", layout.name()));
            assert_eq!(read, Ok(Migrations { folder: "x".to_owned(), layout }));
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_there_is() {
        for (text, told) in [
            ("{ folder: x, layout: supabse }", "did you mean `supabase`?"),
            ("{ folder: x, layout: liquibase }", "it is one of `plain`, `sqlx`, `supabase`, `dbmate`, `golang-migrate`, `goose`"),
            ("{ floder: x, layout: sqlx }", "did you mean `folder`?"),
            ("[x]", "has to be a folder, or a folder and a layout"),
            ("{ layout: [] }", "`layout` is a list, and has to be a name"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
