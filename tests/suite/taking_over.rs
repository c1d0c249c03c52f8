//! An afternoon with a running application: a database with rows, helpers, policies written by hand, an owner whose code runs, and a view that is meant to be public. Its policies become
//! rules, the rules take their places, and what the application does goes on as before.

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use postgres::SimpleQueryMessage;
use rowgate::db;

use crate::cluster::{self, DEPLOYER, Database};
use crate::commands::{edit, expect, rowgate};
use crate::deploying::Site;
use crate::pages::temporary;
use crate::{root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("taking_over::policies_of_others_give_way_all_or_none", all_or_none),
        trial("taking_over::policies_of_a_part_are_told_and_go_with_the_others", parts),
        trial("taking_over::a_running_application_changes_from_policies_to_rules", afternoon),
    ]
}

/// An application's database and the project beside it.
struct Board {
    database: Database,
    folder: PathBuf,
    url: String,
}

impl Board {
    fn new(name: &str) -> Result<Board, String> {
        let database = Database::create(name)?;
        let roles = "DO $$ BEGIN IF to_regrole('board_user') IS NULL THEN CREATE ROLE board_user; CREATE ROLE board_web LOGIN IN ROLE board_user; END IF; END $$; \
                     GRANT CREATE ON SCHEMA public TO deployer";
        database.apply("postgres", roles)?;
        let script = std::fs::read_to_string(root().join("tests/taking_over/database.sql")).map_err(|error| error.to_string())?;
        database.apply(DEPLOYER, &script)?;
        let url = format!("host={} user={DEPLOYER} dbname={}", cluster::host()?, database.name);
        Ok(Board { database, folder: temporary(&format!("taking_over_{name}"))?, url })
    }

    /// A command beside the database, which has to end with this code: what it says.
    fn ends(&self, folder: &Path, code: i32, arguments: &[&str]) -> Result<String, String> {
        let _roles = cluster::lock_roles();
        let (found, out, err) = rowgate(folder, &[arguments, &["--database-url", &self.url]].concat())?;
        expect(found == code, &format!("{arguments:?} ends with {found}:\n{out}\n{err}"))?;
        Ok(format!("{out}{err}"))
    }

    /// What a statement of the application's login gives, as somebody; each in a transaction that is rolled back.
    fn ask(&self, user: &str, statement: &str) -> Result<String, String> {
        let mut client = self.database.connect("board_web")?;
        let mut transaction = client.transaction().map_err(failed)?;
        transaction.batch_execute(&format!("SELECT set_config('app.user_id', '{user}', true)")).map_err(failed)?;
        let answer = match transaction.simple_query(statement) {
            Ok(messages) => messages
                .iter()
                .map(|message| match message {
                    SimpleQueryMessage::Row(row) => {
                        (0..row.len()).map(|place| row.get(place).unwrap_or("-")).collect::<Vec<_>>().join(",")
                    }
                    SimpleQueryMessage::CommandComplete(number) => format!("({number})"),
                    _ => String::new(),
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned()),
        };
        Ok(answer.trim().to_owned())
    }

    /// Everything that the application does, as everybody.
    fn answers(&self) -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        for user in ["1", "2", "3", "99", ""] {
            for statement in STATEMENTS {
                all.push(format!("{user:?} {statement}: {}", self.ask(user, statement)?));
            }
        }
        Ok(all)
    }
}

/// The statements of the application.
const STATEMENTS: [&str; 20] = [
    "SELECT id FROM posts ORDER BY id",
    "SELECT id, name FROM teams ORDER BY id",
    "SELECT team_id, user_id, role FROM members ORDER BY 1, 2",
    "SELECT id, email FROM users ORDER BY id",
    "SELECT c.id, c.text, p.title FROM comments c JOIN posts p ON p.id = c.post_id ORDER BY 1",
    "SELECT id, title, team FROM published_posts ORDER BY id",
    "INSERT INTO posts (team_id, author_id, title) VALUES (1, 1, 'x') RETURNING title",
    "INSERT INTO posts (team_id, author_id, title) VALUES (2, 2, 'x') RETURNING title",
    "INSERT INTO comments (post_id, author_id, text) VALUES (4, 2, 'x')",
    "INSERT INTO comments (post_id, author_id, text) VALUES (3, 1, 'x')",
    "UPDATE posts SET title = 'y', published = true WHERE id = 2 RETURNING title",
    "UPDATE posts SET team_id = 3 WHERE id = 1",
    "UPDATE teams SET name = 'y' WHERE id = 1 RETURNING name",
    "UPDATE users SET name = 'y' WHERE id = 1 RETURNING name",
    "UPDATE users SET email = 'y' WHERE id = 1",
    "DELETE FROM posts WHERE id = 2",
    "DELETE FROM comments WHERE id = 2",
    "INSERT INTO members VALUES (1, 3, 'member') RETURNING user_id",
    "DELETE FROM members WHERE team_id = 1 AND user_id = 2",
    "SELECT app.sign_up('new@example.org', 'New') > 0",
];

#[allow(clippy::needless_pass_by_value)]
fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// Where the last step refuses, or the server has no room for one transaction, every policy of others stays; what is accepted stays in any case.
fn all_or_none() -> Result<(), String> {
    let site = Site::new("all_or_none")?;
    let olds = "ALTER TABLE docs ENABLE ROW LEVEL SECURITY; CREATE POLICY old ON docs USING (true); CREATE POLICY kept ON docs USING (public)";
    site.deployer(olds)?;
    let mut admin = site.database.connect("postgres")?;
    let mut policies = || -> Result<String, String> {
        let query = "SELECT coalesce(string_agg(polname, ' ' ORDER BY polname), '') FROM pg_policy WHERE polrelid = 'docs'::regclass AND polname !~ '^rowgate_'";
        Ok(admin.query_one(query, &[]).map_err(failed)?.get(0))
    };
    edit(
        &site.folder,
        "rowgate.yaml",
        "closed_tables:",
        "accepted: { policies: { docs: { kept: what is public } } }\nclosed_tables:",
    );
    let (out, _) = site.ends(0, &["plan", "--replace-policies"])?;
    expect(out.contains("public.docs old") && !out.contains("public.docs kept"), &out)?;
    // Refused by the last step: all of it is taken back.
    site.deployer(
        "CREATE VIEW around AS SELECT * FROM docs; CREATE ROLE all_or_none_user; GRANT SELECT ON around TO all_or_none_user",
    )
    .or_else(|_| site.deployer("CREATE VIEW around AS SELECT * FROM docs; GRANT SELECT ON around TO all_or_none_user"))?;
    let (_, err) = site.ends(2, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"])?;
    expect(err.contains("around") && policies()? == "kept old", &err)?;
    // Refused by whoever holds the table: nothing has changed either.
    site.deployer("DROP VIEW around")?;
    let mut holder = site.database.connect(DEPLOYER)?;
    holder.batch_execute("BEGIN; LOCK TABLE docs IN ROW SHARE MODE").map_err(failed)?;
    site.ends(2, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies", "--tries", "1"])?;
    holder.batch_execute("ROLLBACK").map_err(failed)?;
    expect(policies()? == "kept old", "a policy is gone")?;
    let (script, _) = site.ends(0, &["apply", "--dry-run", "--replace-policies"])?;
    let (lock, dropped) = (script.find("LOCK TABLE"), script.find("DROP POLICY old ON public.docs"));
    expect(lock.is_some() && lock < dropped && dropped < script.find("CREATE POLICY"), &script)?;
    site.ends(0, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"])?;
    expect(policies()? == "kept", "the old policy is there")?;
    site.ends(0, &["verify"])?;
    Ok(())
}

/// Who names a partition goes by its policies, and the rules are about the whole.
fn parts() -> Result<(), String> {
    let board = Board::new("parts")?;
    board.database.apply(
        DEPLOYER,
        "CREATE TABLE events (id integer, user_id integer NOT NULL REFERENCES users, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
         CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2020-01-01'); CREATE INDEX ON events (user_id);
         ALTER TABLE events ENABLE ROW LEVEL SECURITY; ALTER TABLE events_old ENABLE ROW LEVEL SECURITY;
         CREATE POLICY mine ON events FOR SELECT TO board_user USING (user_id = app.current_user_id());
         CREATE POLICY \"old ones\" ON events_old FOR SELECT TO board_user USING (true);
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO board_user;
         CREATE TABLE tags (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id integer NOT NULL REFERENCES users); CREATE INDEX ON tags (user_id);
         ALTER TABLE tags ENABLE ROW LEVEL SECURITY; CREATE POLICY tags ON tags TO board_user USING (user_id = app.current_user_id());
         GRANT SELECT, INSERT ON tags TO board_user;
         GRANT SELECT ON events, events_old TO board_user; INSERT INTO events VALUES (1, 2, '2019-01-01')",
    )?;
    expect(board.ask("1", "SELECT id FROM events_old")? == "1 (1)", "the partition is open")?;
    let numbers = "SELECT setval('tags_id_seq', 7)";
    expect(board.ask("1", numbers)? == "7 (1)", "the platform's default privileges open the sequence")?;
    let said = board.ends(&board.folder, 0, &["import", "--output", "rules"])?;
    let is_said = said.contains("the policy \"old ones\" is on events_old, a part of events");
    expect(is_said && said.contains("DROP POLICY \"old ones\" ON public.events_old;"), &said)?;
    let rules = board.folder.join("rules");
    let accepted = "accepted:\n  views: { published_posts: shows what is published to everybody }\n  functions: { \"app.sign_up(text, text)\": whoever is new signs up }\n";
    edit(&rules, "rowgate.yaml", "\nmemberships:", &format!("\n{accepted}\nmemberships:"));
    let plan = board.ends(&rules, 0, &["plan"])?;
    expect(plan.contains("17 policies are not of these rules"), &plan)?;
    expect(plan.contains("public.events_old \"old ones\""), &plan)?;
    let refused = board.ends(&rules, 2, &["apply", "--yes"])?;
    let told = "the policy \"old ones\" is not of these rules, and adds rows for board_user who names this part of public.events";
    expect(refused.contains(told) && refused.contains("DROP POLICY \"old ones\" ON public.events_old"), &refused)?;
    let replace = ["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"];
    let refused = board.ends(&rules, 2, &replace)?;
    expect(refused.contains("REVOKE ALL ON public.events_old FROM board_user"), &refused)?;
    board.database.apply(DEPLOYER, "REVOKE ALL ON public.events_old FROM board_user")?;
    let applied = board.ends(&rules, 0, &replace)?;
    expect(applied.contains("events_old"), &applied)?;
    expect(board.ask("1", "SELECT id FROM events_old")? == "42501", "the partition is still open")?;
    // An identity column takes no right on its sequence.
    expect(board.ask("1", numbers)? == "42501" && board.ask("1", "INSERT INTO tags (user_id) VALUES (1)")? == "(1)", "numbers")?;
    expect(
        board.ask("1", "SELECT id FROM events")? == "(0)" && board.ask("2", "SELECT id FROM events")? == "1 (1)",
        "whose it is",
    )?;
    board.ends(&rules, 0, &["verify"])?;
    // One that comes later is told like any other, until it is accepted under the name of the whole.
    board.database.apply(DEPLOYER, "CREATE POLICY later ON events_old USING (true)")?;
    let told = board.ends(&rules, 1, &["verify"])?;
    expect(told.contains("DROP POLICY later ON public.events_old"), &told)?;
    edit(&rules, "rowgate.yaml", "accepted:\n", "accepted:\n  policies: { events: { later: nobody may name the part } }\n");
    let plan = board.ends(&rules, 0, &["plan"])?;
    expect(!plan.contains("are not of these rules"), &plan)
}

fn afternoon() -> Result<(), String> {
    let board = Board::new("board")?;
    let before = board.answers()?;
    // Both kinds of answers are among them, or what follows says nothing.
    expect(before.iter().filter(|answer| answer.ends_with("(0)") || answer.ends_with("42501")).count() > 20, &before.join("\n"))?;
    expect(before.iter().filter(|answer| answer.contains("(1)")).count() > 20, &before.join("\n"))?;
    let said = board.ends(&board.folder, 0, &["import", "--output", "rules"])?;
    expect(said.contains("14 policies: 14 said in the language"), &said)?;
    let rules = board.folder.join("rules");
    board.ends(&rules, 0, &["pull", "--check"])?;
    let (code, out, err) = rowgate(&rules, &["check"])?;
    expect(code == 0, &format!("{out}{err}"))?;
    // Without being told to, nothing is taken away: the plan names the old policies, and applying fails as a whole.
    let plan = board.ends(&rules, 0, &["plan"])?;
    expect(plan.contains("14 policies are not of these rules") && plan.contains("--replace-policies"), &plan)?;
    let refused = board.ends(&rules, 2, &["apply", "--yes"])?;
    expect(refused.contains("DROP POLICY \"team reads\" ON public.posts"), &refused)?;
    expect(board.answers()? == before, "what failed has changed something")?;
    let plan = board.ends(&rules, 0, &["plan", "--replace-policies"])?;
    let listed = plan.lines().filter(|line| line.starts_with("- policy")).count();
    expect(listed == 14 && plan.contains("14 taken away"), &plan)?;
    // What the old policies allowed is not known to the rules: nobody is told that it is no more.
    let refused = board.ends(&rules, 2, &["apply", "--yes", "--replace-policies"])?;
    expect(
        refused.contains("whether somebody may do more than before is not known") && refused.contains("--allow-widening"),
        &refused,
    )?;
    // Nor are they made again: that is said by a word of its own.
    let refused = board.ends(&rules, 2, &["apply", "--yes", "--allow-widening", "--replace-policies"])?;
    expect(refused.contains("takes away what is not made again") && refused.contains("--allow-destroy"), &refused)?;
    // What else is in the way is told with its way out: the owner's functions and the view that is meant.
    let refused = board.ends(&rules, 2, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"])?;
    for piece in ["in the way: public.published_posts", "in the way: app.sign_up(text,text)"] {
        expect(refused.contains(piece) && !refused.contains("DROP POLICY"), &format!("{piece}: {refused}"))?;
    }
    // What only the old policies called, and the sequence of an identity column, are closed with them, and the plan says so.
    for piece in ["app.is_member(integer)", "app.is_admin(integer)", "public.users_id_seq"] {
        let is_told = plan.lines().any(|line| line.starts_with("+ privileges") && line.ends_with(piece))
            && !refused.contains(&format!("in the way: {piece}"));
        expect(is_told, &format!("{piece}: {plan}\n{refused}"))?;
    }
    let open = ["SELECT nextval('users_id_seq') > 0", "SELECT app.is_member(1)", "SELECT app.is_admin(1)"];
    for statement in open {
        expect(board.ask("1", statement)? == "t (1)", statement)?;
    }
    expect(board.answers()? == before, "what failed has changed something")?;
    let accepted = "\naccepted:\n  views: { published_posts: shows what is published to everybody }\n  functions:\n    \
                    app.sign_up(text, text): whoever is new signs up\n";
    edit(&rules, "rowgate.yaml", "\nmemberships:", &format!("{accepted}\nmemberships:"));
    let applied = board.ends(&rules, 0, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"])?;
    expect(applied.contains("- policy"), &applied)?;
    for statement in open {
        expect(board.ask("1", statement)? == "42501", statement)?;
    }
    let after = board.answers()?;
    let differ: Vec<String> = std::iter::zip(&before, &after)
        .filter(|(old, new)| old != new)
        .map(|(old, new)| format!("{old}\n  now: {new}"))
        .collect();
    expect(differ.is_empty(), &differ.join("\n"))?;
    let left = board.database.connect("postgres")?.query("SELECT polname::text FROM pg_policy WHERE polname !~ '^rowgate_'", &[]);
    expect(left.map_err(failed)?.is_empty(), "an old policy is left")?;
    // The owner's own code, which no policy binds.
    let owner = "DO $$ BEGIN UPDATE posts SET body = 'seen' WHERE NOT published; IF NOT FOUND THEN RAISE 'the owner sees nothing'; END IF; END $$";
    board.database.apply(DEPLOYER, owner)?;
    let verified = board.ends(&rules, 0, &["verify"])?;
    expect(verified.contains("nothing is otherwise than it was applied"), &verified)?;
    let again = board.ends(&rules, 0, &["plan", "--exit-code"])?;
    expect(again.contains("nothing to do") && !again.contains("not of these rules"), &again)?;
    // A policy that somebody adds later is told, and goes the same way.
    board.database.apply(DEPLOYER, "CREATE POLICY later ON posts USING (true)")?;
    let told = board.ends(&rules, 0, &["plan"])?;
    expect(told.contains("public.posts later"), &told)?;
    board.ends(&rules, 0, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"])?;
    board.ends(&rules, 0, &["verify"])?;
    expect(board.answers()? == before, "the rules are others now")?;
    // What was accepted was accepted as it was: another one in its place is nothing that a repair takes without being told to.
    let open = "CREATE OR REPLACE VIEW published_posts AS SELECT p.id, p.title, t.name AS team FROM posts p JOIN teams t ON t.id = p.team_id";
    board.database.apply(DEPLOYER, open)?;
    let refused = board.ends(&rules, 2, &["apply", "--yes", "--repair"])?;
    let is_told = refused.contains("published_posts is taken as it is now") && refused.contains("is not known");
    expect(is_told && !refused.contains("nobody may do more"), &refused)?;
    board.ends(&rules, 1, &["verify"])?;
    // Nor where nobody can say what is another, because the facts are gone.
    board.database.apply(DEPLOYER, "DROP TABLE rowgate.fact")?;
    let refused = board.ends(&rules, 2, &["apply", "--yes", "--repair"])?;
    expect(refused.contains("what is accepted is taken as it is now") && !refused.contains("nobody may do more"), &refused)?;
    board.ends(&rules, 0, &["apply", "--yes", "--repair", "--allow-widening"])?;
    board.ends(&rules, 0, &["verify"])?;
    Ok(())
}
