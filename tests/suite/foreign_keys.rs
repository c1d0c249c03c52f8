//! References of several columns: what the schema file is told of them, what rules cannot say of them, how keys of several columns are written.

use libtest_mimic::Trial;
use rowgate::diagnostic::{Code, Diagnostic};

use crate::cluster::{DEPLOYER, Database};
use crate::{commands, ddl, pages, random, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("foreign_keys::what_is_wrong_is_told_with_what_would_be_right", wrong),
        trial("foreign_keys::what_has_no_meaning_is_an_error", meaningless),
        trial("foreign_keys::one_key_is_the_same_in_whichever_order", order),
        trial("foreign_keys::an_index_of_all_columns_is_asked_for", indexes),
        trial("foreign_keys::a_key_of_several_columns_is_written_with_commas", why),
        trial("foreign_keys::the_last_step_knows_keys_of_several_columns", last_step),
    ]
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, claims: app.claims, user_table: users, signed_in_role: app_user }
session: { Tenant: { setting: app.tenant, type: integer } }
memberships: { Workspace: { table: members, user: user_id, within: workspace_id } }
closed_tables: { users: closed, workspaces: closed, members: closed, pages: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users:
    columns: { id: integer, home_workspace: integer, home_page: integer }
    foreign_keys: { home: { columns: [home_workspace, home_page], references: pages } }
  workspaces: { columns: { id: integer } }
  members:
    columns: { id: integer, user_id: { type: integer, references: users }, workspace_id: { type: integer, references: workspaces }, page_id: integer }
    foreign_keys: { page: { columns: [workspace_id, page_id], references: pages } }
  pages:
    primary_key: [workspace_id, id]
    unique: [[title, workspace_id]]
    columns: { id: integer, workspace_id: integer, title: text, parent_id: integer, owner_id: { type: integer, references: users } }
    foreign_keys: { parent: { columns: [workspace_id, parent_id], references: pages } }
  blocks:
    columns: { id: integer, workspace_id: integer, page_id: integer, heading: text, twin_id: { type: integer, references: blocks } }
    foreign_keys:
      page: { columns: [workspace_id, page_id], references: pages }
";

const POLICY: &str = "table blocks { rule \"r\" for Authenticated { where can read Page allow read } }
table pages { rule \"r\" for Authenticated { where Owner is Logged in User allow read } }";

fn compile(config: &str, schema: &str, policy: &str) -> Vec<Diagnostic> {
    random::compile(config, schema, &[("rules.policy".to_owned(), policy.to_owned())]).diagnostics
}

/// Whether the only message has a code and says something, in its title or its help.
fn expect(what: &str, found: &[Diagnostic], code: Code, said: &str) -> Result<(), String> {
    let says = |one: &Diagnostic| one.title.contains(said) || one.helps.iter().any(|help| help.text.contains(said));
    match found {
        [one] if one.code == code && says(one) => Ok(()),
        other => Err(format!("{what}: {other:#?}")),
    }
}

fn wrong() -> Result<(), String> {
    let config = CONFIG.replace(", pages: closed", "");
    let without = compile(&config, SCHEMA, POLICY);
    if !without.is_empty() {
        return Err(format!("{without:?}"));
    }
    let own = "page: { columns: [workspace_id, page_id], references: pages }\n";
    let last = SCHEMA.rfind(own).ok_or("no reference")?;
    for (written, code, said) in [
        ("page: { columns: [page_id], references: pages }", Code::ForeignKey, "write `page_id: { type: …, references: … }`"),
        ("page: { columns: [page_id, page_id], references: pages }", Code::ForeignKey, "`page_id` is named twice"),
        ("page: { columns: [workspace_id, pageid], references: pages }", Code::SchemaColumn, "did you mean `page_id`?"),
        ("page: { columns: [workspace_id, page_id], references: pagse }", Code::SchemaTable, "did you mean `pages`?"),
        (
            "page: { columns: [workspace_id, page_id], references: 'pages (workspace_id, ide)' }",
            Code::SchemaColumn,
            "did you mean `id`?",
        ),
        (
            "page: { columns: [workspace_id, page_id], references: 'pages (workspace_id, parent_id)' }",
            Code::NoKey,
            "`unique: [[workspace_id, parent_id]]`",
        ),
        ("page: { columns: [workspace_id, page_id], references: 'pages (workspace_id' }", Code::ForeignKey, "`)` is missing"),
        (
            "page: { columns: [workspace_id, page_id], references: users }",
            Code::ForeignKey,
            "2 columns cannot reference 1: `users (id)`",
        ),
        ("page: { columns: [page_id, heading], references: pages }", Code::ReferenceType, "give both columns the type"),
        ("twin: { columns: [workspace_id, page_id], references: pages }", Code::ForeignKey, "call this one something else"),
        (
            "page_id: { columns: [workspace_id, page_id], references: pages }",
            Code::ForeignKey,
            "call the reference something else",
        ),
        (
            "page: { columns: [workspace_id, page_id], references: pages, label: Heading }",
            Code::ForeignKey,
            "label of the column `heading`",
        ),
    ] {
        let schema = format!("{}{written}\n", &SCHEMA[..last]);
        let found: Vec<Diagnostic> =
            compile(&config, &schema, POLICY).into_iter().filter(|one| !one.code.as_str().starts_with("RG1")).collect();
        expect(written, &found, code, said)?;
    }
    // References of one column to a key of several say how the whole is said.
    let column = "twin_id: { type: integer, references: blocks }";
    for (reference, code) in [("pages.id", Code::NoKey), ("pages", Code::SchemaColumn)] {
        let schema = SCHEMA.replace(column, &format!("page_two_id: {{ type: integer, references: {reference} }}"));
        let said = "page_two: { columns: [workspace_id, page_two_id], references: 'pages (workspace_id, id)' }";
        let found: Vec<Diagnostic> = compile(&config, &schema, POLICY).into_iter().filter(|one| one.code == code).collect();
        expect(reference, &found, code, said)?;
    }
    let within = CONFIG.replace("within: workspace_id", "within: page");
    let found: Vec<Diagnostic> =
        compile(&within, SCHEMA, POLICY).into_iter().filter(|one| one.code == Code::SchemaColumn).collect();
    expect("within", &found, Code::SchemaColumn, "is a reference of several columns, and one is needed")
}

fn meaningless() -> Result<(), String> {
    let said = |condition: &str| {
        let policy = format!("table blocks {{ rule \"r\" for Authenticated {{ where {condition} allow read }} }}");
        compile(CONFIG, SCHEMA, &policy)
    };
    for (condition, code, help) in [
        ("Page's Parent at any level is User's Home", Code::NotARelation, "say each step: `Parent's …`, `Parent's Parent's …`"),
        ("Page or its Parent at any level is User's Home", Code::NotARelation, "not followed at any level yet"),
        ("any Page's Parent at any level where (Owner is Logged in User)", Code::NotARelation, "not followed at any level yet"),
        ("Page is \"x\"", Code::LiteralMismatch, ""),
        ("Page is Claim \"page\"", Code::LiteralMismatch, ""),
        ("Page is Session's Tenant", Code::Incomparable, ""),
        ("Page is Page Id", Code::Incomparable, ""),
        ("Page is at least User's Home", Code::OperatorMismatch, ""),
        ("Page contains \"x\"", Code::OperatorMismatch, ""),
        ("Page is User's Home ignoring case", Code::OperatorMismatch, ""),
        ("Page is one of User's Workspace", Code::Incomparable, ""),
        ("Page is this record's Page", Code::WithItself, ""),
    ] {
        expect(condition, &said(condition), code, help)?;
    }
    let field = "table blocks { rule \"r\" for Authenticated { where Page is User's Home allow read (page) } }";
    expect(field, &compile(CONFIG, SCHEMA, field), Code::UnknownColumn, "name its columns: `workspace_id`, `page_id`")?;
    for condition in [
        "Page is User's Home",
        "Page is not User's Home and Page is not empty",
        "Page is one of (User's Home, Page's Parent, Twin's Page)",
        "any record of pages where (this record is this record's Page) or any record of members where (this record's Page is Page)",
        "any User's Home's Blocks where (Heading is empty)",
        "Page's Parent's Parent's Owner is Logged in User",
    ] {
        let found = said(condition);
        if condition.contains("this record is") == found.is_empty() {
            return Err(format!("{condition}: {found:#?}"));
        }
    }
    // The key of a table is a value where something references it.
    let of_pages = "table pages { rule \"r\" for Authenticated { where this record is User's Home or any record of blocks where (Page is this record) allow read } }
        table blocks { rule \"r\" for Authenticated { where can read Page allow read } }";
    let found = compile(&CONFIG.replace(", pages: closed", ""), SCHEMA, of_pages);
    if found.is_empty() { Ok(()) } else { Err(format!("{found:#?}")) }
}

/// The columns of two references to one key belong together as each says.
fn order() -> Result<(), String> {
    let schema = SCHEMA.replace(
        "    foreign_keys:\n      page: { columns: [workspace_id, page_id], references: pages }",
        "    foreign_keys:\n      page: { columns: [page_id, workspace_id], references: 'pages (id, workspace_id)' }",
    );
    let policy = "table blocks { rule \"r\" for Authenticated { where Page is User's Home allow read } }";
    let compiled = random::compile(CONFIG, &schema, &[("rules.policy".to_owned(), policy.to_owned())]);
    let script = rowgate::plan::desired_state(&compiled.state().ok_or("no state")?);
    let first = script.find("blocks.workspace_id = (SELECT rowgate.user_home_workspace_");
    let second = script.find("AND blocks.page_id = (SELECT rowgate.user_home_page_");
    if first.is_some() && first < second { Ok(()) } else { Err(script) }
}

fn indexes() -> Result<(), String> {
    let wanted = |indexes: &str| {
        let schema = SCHEMA.replace("  blocks:\n", &format!("  blocks:\n    indexes: {indexes}\n"));
        let compiled = random::compile(
            CONFIG,
            &schema,
            &[(
                "rules.policy".to_owned(),
                "table blocks { rule \"r\" for Authenticated { where Page is User's Home allow read } }".to_owned(),
            )],
        );
        compiled.wanted_indexes().iter().map(|index| index.create(false)).collect::<Vec<_>>()
    };
    let whole = ["CREATE INDEX IF NOT EXISTS blocks_workspace_id_page_id_idx ON public.blocks (workspace_id, page_id);"];
    for (indexes, is_wanted) in [
        ("[]", true),
        ("[workspace_id, page_id]", true),
        ("[[workspace_id, heading, page_id]]", true),
        ("[[page_id, workspace_id, heading]]", false),
    ] {
        let found = wanted(indexes);
        if found != if is_wanted { &whole[..] } else { &[] } {
            return Err(format!("{indexes}: {found:?}"));
        }
    }
    Ok(())
}

fn why() -> Result<(), String> {
    let folder = pages::temporary("foreign_keys_why")?;
    let case = root().join("tests/cases/a_reference_of_several_columns_reaches_the_row_that_has_all_of_them");
    for name in ["rowgate.yaml", "schema.yaml", "main.policy", "main.test.yaml"] {
        std::fs::copy(case.join(name), folder.join(name)).map_err(|error| error.to_string())?;
    }
    for (key, starts) in
        [("1,7", "yes      read this record of pages\n"), ("2, 7", "lacks    Owner is Logged in User (Owner is 2, ")]
    {
        let (_, text, error) = commands::rowgate(&folder, &["why", "read", "pages", key, "--as", "Ann"])?;
        if !text.starts_with(starts) {
            return Err(format!("{key}: {text}{error}"));
        }
    }
    let (code, _, error) = commands::rowgate(&folder, &["why", "read", "pages", "7", "--as", "Ann"])?;
    if code == 2 && error.contains("workspace_id integer, id integer") { Ok(()) } else { Err(format!("{code}: {error}")) }
}

/// Keys that records are found by, which two records may have after all.
fn last_step() -> Result<(), String> {
    let config = CONFIG.replace(", pages: closed", "") + "lookup: { role: foreign_keys_lookup }\n";
    let policy = "table pages { rule \"r\" for Authenticated { where Owner is Logged in User allow all } }
        table blocks { rule \"r\" for Authenticated { where can read Page allow read } }";
    let config = config.replace("app_user", "foreign_keys_user");
    let compiled = random::compile(&config, SCHEMA, &[("rules.policy".to_owned(), policy.to_owned())]);
    let (model, state) = (crate::project::model(&compiled)?, compiled.state().ok_or("no state")?);
    let database = Database::create("foreign_keys")?;
    database.apply(DEPLOYER, &ddl::create(&model.catalog))?;
    let script = rowgate::plan::desired_state(&state);
    let key = "ALTER TABLE pages DROP CONSTRAINT pages_pkey CASCADE";
    for (change, told) in [
        (format!("{key}; ALTER TABLE pages ADD PRIMARY KEY (id, workspace_id) DEFERRABLE"), "the key pages_pkey is DEFERRABLE"),
        (key.to_owned(), "public.pages (id, workspace_id): has no unique index"),
        // Unique with more columns is not unique.
        (
            "CREATE UNIQUE INDEX ON pages (workspace_id, id, title)".to_owned(),
            "public.pages (id, workspace_id): has no unique index",
        ),
        ("CREATE UNIQUE INDEX ON pages (workspace_id, id)".to_owned(), ""),
    ] {
        database.apply(DEPLOYER, &change)?;
        let found = database.apply(DEPLOYER, &script).err().unwrap_or_default();
        if !found.contains(told) || told.is_empty() != found.is_empty() {
            return Err(format!("{change}: {found}"));
        }
    }
    Ok(())
}
