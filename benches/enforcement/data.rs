//! The rows that are measured: everybody's documents, from seeds that are fixed.

use rowgate::db::{self, Client};

/// Numbers of documents.
pub const SIZES: [u32; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// A user of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    pub id: u32,
    /// What sets this user apart, in words.
    pub name: &'static str,
}

/// In three teams, one of them as an editor; a clerk, and the lead of ten.
pub const ORDINARY: User = User { id: 42, name: "3 teams" };

/// Sees all where a rule says so.
pub const ADMIN: User = User { id: 10_004, name: "admin" };

/// In no team, owner of nothing.
pub const SEES_NOTHING: User = User { id: 10_005, name: "sees nothing" };

/// All that are measured.
pub const USERS: [User; 6] = [
    ORDINARY,
    User { id: 10_001, name: "1 team" },
    User { id: 10_002, name: "30 teams" },
    User { id: 10_003, name: "1,000 teams" },
    ADMIN,
    SEES_NOTHING,
];

/// 10,000 ordinary users and those of [`USERS`], 1,000 teams of 100 companies, and so many documents. A hash stands for chance.
pub fn script(documents: u32) -> String {
    let (projects, folders, shares) = (documents / 10, documents / 5, documents / 10);
    format!(
        "CREATE TABLE teams (id integer PRIMARY KEY, company_id integer NOT NULL);
         CREATE TABLE users (id integer PRIMARY KEY, kind text NOT NULL, company_id integer NOT NULL,
           home_team_id integer REFERENCES teams, lead_id integer REFERENCES users);
         CREATE TABLE members (user_id integer REFERENCES users, team_id integer REFERENCES teams, role text NOT NULL,
           PRIMARY KEY (user_id, team_id));
         CREATE TABLE projects (id integer PRIMARY KEY, team_id integer NOT NULL REFERENCES teams);
         CREATE TABLE folders (id integer PRIMARY KEY, project_id integer NOT NULL REFERENCES projects);
         CREATE TABLE documents (id integer PRIMARY KEY, owner_id integer NOT NULL REFERENCES users, team_id integer NOT NULL REFERENCES teams,
           project_id integer NOT NULL REFERENCES projects, folder_id integer NOT NULL REFERENCES folders, company_id integer NOT NULL,
           status text NOT NULL, created_at timestamptz NOT NULL, amount integer NOT NULL, title text NOT NULL) WITH (fillfactor = 90);
         CREATE TABLE shares (id integer PRIMARY KEY, document_id integer NOT NULL REFERENCES documents, user_id integer NOT NULL REFERENCES users);
         SET session_replication_role = replica;
         CREATE FUNCTION chance(seed integer, salt integer, below integer) RETURNS integer LANGUAGE sql IMMUTABLE
           RETURN (hashint8(seed::bigint * 1000 + salt) & 2147483647) % below;
         INSERT INTO teams SELECT id, (id - 1) % 100 FROM generate_series(1, 1000) id;
         INSERT INTO users SELECT id, CASE WHEN id = 42 THEN 'clerk' ELSE 'person' END, id % 100, 1 + id % 100 + 100 * (id / 100 % 10), id % 1000 + 1
           FROM generate_series(1, 10000) id;
         INSERT INTO users SELECT 10000 + n, CASE n WHEN 4 THEN 'admin' ELSE 'person' END, n, NULL, NULL FROM generate_series(1, 5) n;
         INSERT INTO members SELECT id, 1 + id % 100 + 100 * ((id / 100 + n * 3) % 10), CASE n WHEN 0 THEN 'editor' ELSE 'member' END
           FROM generate_series(1, 10000) id, generate_series(0, 2) n;
         INSERT INTO members SELECT 10001, 500, 'member';
         INSERT INTO members SELECT 10002, n * 33, 'member' FROM generate_series(1, 30) n;
         INSERT INTO members SELECT 10003, n, 'member' FROM generate_series(1, 1000) n;
         INSERT INTO projects SELECT id, chance(id, 1, 1000) + 1 FROM generate_series(1, {projects}) id;
         INSERT INTO folders SELECT id, chance(id, 2, {projects}) + 1 FROM generate_series(1, {folders}) id;
         INSERT INTO documents SELECT id, chance(id, 3, 10000) + 1, team, chance(id, 5, {projects}) + 1, chance(id, 6, {folders}) + 1, (team - 1) % 100,
             (ARRAY['draft', 'open', 'closed'])[chance(id, 7, 3) + 1], timestamptz '2020-01-01 00:00Z' + id * interval '20 seconds',
             chance(id, 8, 1000), 'document ' || id || ' of team ' || team
           FROM (SELECT id, chance(id, 4, 1000) + 1 AS team FROM generate_series(1, {documents}) id) AS drawn;
         INSERT INTO shares SELECT id, chance(id, 9, {documents}) + 1, chance(id, 10, 10000) + 1 FROM generate_series(1, {shares}) id;
         RESET session_replication_role;
         CREATE INDEX ON documents (created_at);
         CREATE INDEX ON shares (document_id);"
    )
}

/// What a filter by hand is given for free.
#[derive(Debug)]
pub struct Facts {
    pub user: u32,
    pub is_admin: bool,
    pub is_clerk: bool,
    pub company: i32,
    pub home_team: Option<i32>,
    /// Keys as `1, 2, 3`; `NULL` where there are none.
    pub teams: String,
    pub editor_teams: String,
    pub projects: String,
    pub folders: String,
    pub reports: String,
    pub shared: String,
}

impl Facts {
    /// Looks them up.
    pub fn of(client: &mut Client, user: u32) -> Result<Facts, String> {
        let mut keys = |query: String| -> Result<String, String> {
            let found: Vec<i32> = client.query(&query, &[]).map_err(describe)?.iter().map(|row| row.get(0)).collect();
            if found.is_empty() {
                return Ok("NULL".to_owned());
            }
            Ok(found.iter().map(i32::to_string).collect::<Vec<_>>().join(", "))
        };
        let teams = keys(format!("SELECT team_id FROM members WHERE user_id = {user} ORDER BY 1"))?;
        let editor_teams = keys(format!("SELECT team_id FROM members WHERE user_id = {user} AND role = 'editor'"))?;
        let projects = keys(format!("SELECT id FROM projects WHERE team_id IN ({teams}) ORDER BY 1"))?;
        let folders = keys(format!("SELECT id FROM folders WHERE project_id IN ({projects}) ORDER BY 1"))?;
        let reports = keys(format!("SELECT id FROM users WHERE lead_id = {user} ORDER BY 1"))?;
        let shared = keys(format!("SELECT document_id FROM shares WHERE user_id = {user} ORDER BY 1"))?;
        let row = client
            .query_one("SELECT kind, company_id, home_team_id FROM users WHERE id = $1", &[&i32::try_from(user).unwrap_or(0)])
            .map_err(describe)?;
        let kind: String = row.get(0);
        Ok(Facts {
            user,
            is_admin: kind == "admin",
            is_clerk: kind == "clerk",
            company: row.get(1),
            home_team: row.get(2),
            teams,
            editor_teams,
            projects,
            folders,
            reports,
            shared,
        })
    }
}

/// An error of the server, in words.
pub fn describe(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}
