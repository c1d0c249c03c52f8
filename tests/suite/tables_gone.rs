//! Tables that are gone or have another name by now, and columns that are new: each command says so, and rules that follow can be applied.

use libtest_mimic::Trial;
use serde_json::Value;

use crate::commands::{edit, expect, write};
use crate::deploying::Site;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("tables_gone::a_table_that_was_renamed_is_followed", renamed),
        trial("tables_gone::a_table_that_was_dropped_takes_its_rules_along", dropped),
        trial("tables_gone::a_column_that_is_new_is_told_until_somebody_decides", added),
        trial("tables_gone::a_first_deployment_says_which_are_missing", never_there),
        trial("tables_gone::the_record_of_changes_is_made_where_it_is_missing", made),
    ]
}

const MISSING: &str = "the database has no table public.docs, of which the schema file speaks";

fn renamed() -> Result<(), String> {
    let site = Site::new("gone_renamed")?;
    site.ends(0, &["apply", "--yes"])?;
    site.deployer("ALTER TABLE docs RENAME TO papers")?;
    for arguments in [&["plan"][..], &["apply", "--yes"], &["apply", "--yes", "--repair"], &["apply", "--yes", "--adopt"]] {
        let (_, err) = site.ends(2, arguments)?;
        expect(err.contains(MISSING) && err.contains("rowgate pull"), &format!("{arguments:?}: {err}"))?;
    }
    let (out, err) = site.ends(1, &["verify"])?;
    expect(out.contains("table public.docs is gone") && err.contains(MISSING), &format!("{out}{err}"))?;
    let (out, _) = site.ends(1, &["verify", "--format", "json"])?;
    let value: Value = serde_json::from_str(&out).map_err(|error| error.to_string())?;
    expect(value["missing_tables"] == serde_json::json!(["public.docs"]), &out)?;
    let (out, _) = site.ends(1, &["verify", "--format", "sarif"])?;
    expect(out.contains("missing-table"), &out)?;
    // The schema file and the rules follow. The table has kept its policies, which are made its own.
    site.ends(0, &["pull"])?;
    edit(&site.folder, "docs.policy", "table docs", "table papers");
    let (_, err) = site.ends(1, &["apply", "--yes", "--allow-widening"])?;
    expect(err.contains("--repair"), &err)?;
    site.ends(0, &["apply", "--yes", "--allow-widening", "--repair"])?;
    site.ends(0, &["verify"])?;
    let seen = |user: i32| -> Result<i64, String> {
        let mut client = site.database.connect("postgres")?;
        let asked = format!("SET ROLE gone_renamed_user; SET app.user_id = {user}");
        client.batch_execute(&asked).map_err(|error| error.to_string())?;
        Ok(client.query_one("SELECT sum(id) FROM papers", &[]).map_err(|error| error.to_string())?.get(0))
    };
    expect(seen(1)? == 1 && seen(2)? == 5, "the rules are not those of before")
}

fn dropped() -> Result<(), String> {
    let site = Site::new("gone_dropped")?;
    // Rules of another table ask this one by a look-up, whose policy goes with the table; and this one's ask the other, whose policy stays to be taken away.
    edit(
        &site.folder,
        "docs.policy",
        "where Owner is Logged in User allow",
        "where Owner is Logged in User and any record of users where (Id is this record's Owner and Name is \"Ann\") allow",
    );
    let seen = "table users { rule \"Authors\" for Authenticated { where any Docs where (Public is true) allow read } }\n";
    write(&site.folder, "users.policy", seen);
    edit(&site.folder, "rowgate.yaml", "closed_tables: { users: accounts are elsewhere }\n", "");
    site.ends(0, &["apply", "--yes"])?;
    site.deployer("DROP TABLE docs")?;
    let (_, err) = site.ends(2, &["plan"])?;
    expect(err.contains(MISSING), &err)?;
    site.ends(0, &["pull"])?;
    drop(std::fs::remove_file(site.folder.join("docs.policy")));
    write(
        &site.folder,
        "users.policy",
        "table users { rule \"Self\" for Authenticated { where this record is Logged in User allow read } }\n",
    );
    let (out, err) = site.ends(0, &["apply", "--yes", "--allow-widening", "--repair"])?;
    expect(!out.contains("public.docs") && !err.contains("not of these rules"), &format!("{out}{err}"))?;
    site.ends(0, &["verify"])?;
    Ok(())
}

fn never_there() -> Result<(), String> {
    let site = Site::new("gone_never")?;
    site.deployer("DROP TABLE docs")?;
    for arguments in [&["plan"][..], &["apply", "--yes"]] {
        let (_, err) = site.ends(2, arguments)?;
        expect(err.contains(MISSING), &err)?;
    }
    Ok(())
}

/// A grant of all fields is one of those that come later, too: nobody has decided about them.
fn added() -> Result<(), String> {
    let site = Site::new("gone_added")?;
    site.ends(0, &["apply", "--yes"])?;
    site.deployer("ALTER TABLE docs ADD COLUMN secret text")?;
    let says = "is a column that the schema file does not know, and gone_added_user may use it as all others";
    let (out, _) = site.ends(1, &["verify"])?;
    expect(out.contains("beyond the rules: public.docs.secret") && out.contains(says), &out)?;
    let (_, err) = site.ends(0, &["plan"])?;
    expect(err.contains(says), &err)?;
    // Who decides says so in the schema file, and in the rules which fields are meant.
    site.ends(0, &["pull"])?;
    edit(
        &site.folder,
        "docs.policy",
        "allow read, create,",
        "allow read (id, title, owner_id, public), create (id, title, owner_id, public),",
    );
    site.ends(0, &["apply", "--yes"])?;
    site.ends(0, &["verify"])?;
    // Where fields are granted one by one, another one is nobody's.
    site.deployer("ALTER TABLE docs ADD COLUMN second text")?;
    site.ends(0, &["verify"])?;
    Ok(())
}

/// The one table that the rules make, be its schema there or not; once it was made, it is missed.
fn made() -> Result<(), String> {
    for table in ["change_log", "kept.change_log"] {
        let name = format!("gone_made_{}", table.len());
        let site = Site::new(&name)?;
        let log: String = rowgate::model::AUDIT_COLUMNS.iter().map(|(name, of)| format!("      {name}: \"{of}\"\n")).collect();
        edit(&site.folder, "schema.yaml", "\ntables:\n", &format!("\ntables:\n  {table}:\n    columns:\n{log}\n"));
        let closed = format!("audit: {{ table: {table}, of: {{ docs: [title] }} }}\nclosed_tables: {{ {table}: later, ");
        edit(&site.folder, "rowgate.yaml", "closed_tables: { ", &closed);
        let (out, _) = site.ends(0, &["plan"])?;
        expect(out.contains("change_log"), &out)?;
        site.ends(0, &["apply", "--yes"])?;
        site.ends(0, &["verify"])?;
        let mut client = site.database.connect("postgres")?;
        let act = format!("SET ROLE {name}_user; SET app.user_id = 1; UPDATE docs SET title = 'new' WHERE id = 1; RESET ROLE");
        client.batch_execute(&act).map_err(|error| format!("{act}: {error}"))?;
        let count: i64 =
            client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).map_err(|error| error.to_string())?.get(0);
        expect(count == 1, "nothing was recorded")?;
        site.deployer(&format!("DROP TABLE {table} CASCADE"))?;
        let (_, err) = site.ends(2, &["plan"])?;
        expect(err.contains("the database has no table") && err.contains("change_log"), &err)?;
    }
    Ok(())
}
