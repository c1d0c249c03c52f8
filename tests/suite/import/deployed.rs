//! A database in which rules of a project are in force already.

use crate::cluster::{self, DEPLOYER};
use crate::commands::{expect, rowgate, write};
use crate::deploying::Site;

/// What the record names is not read as policies of somebody; what others made beside it is.
pub fn left_out() -> Result<(), String> {
    let site = Site::new("reimported")?;
    write(
        &site.folder,
        "docs.policy",
        "table docs { rule \"Of friends\" for Authenticated { where any record of users where (Id is Logged in User and Name is \"Ann\") allow read } }",
    );
    site.ends(0, &["apply", "--yes"])?;
    let elsewhere = site.folder.join("elsewhere");
    std::fs::create_dir_all(&elsewhere).map_err(|error| error.to_string())?;
    let run = |role: &str| {
        let url = format!("host={} user={role} dbname={}", cluster::host()?, site.database.name());
        let _roles = cluster::lock_roles();
        rowgate(&elsewhere, &["import", "--schema", "public", "--database-url", &url])
    };
    // The project of the folder above says who is signed in.
    let (code, out, err) = run(DEPLOYER)?;
    expect(code == 2 && err.contains("there is nothing to import"), &format!("{code} {out}{err}"))?;
    site.deployer(
        "CREATE POLICY by_hand ON docs FOR DELETE TO reimported_user USING (public); GRANT DELETE ON docs TO reimported_user",
    )?;
    let (code, out, err) = run(DEPLOYER)?;
    expect(code == 0 && out.contains("rule \"by_hand\"") && !out.contains("rowgate_"), &format!("{code} {out}{err}"))?;
    expect(out.contains("1 policy: 1 said in the language") && err.contains("are left out"), &format!("{out}{err}"))?;
    // Who may not read the record cannot tell them apart.
    let (code, out, err) = run("outsider")?;
    expect(code == 2 && err.contains("only who deploys reads"), &format!("{code} {out}{err}"))
}
