//! The patterns that are measured: the rules, the filter that says the same with everything looked up beforehand, the policy that an expert
//! would write by hand, and the one that a first search finds.

use rowgate::diagnostic::Sources;
use rowgate::project::{self, Compiled, Texts};

use super::data::Facts;

/// One way to say who may reach a document.
pub struct Pattern {
    pub name: &'static str,
    /// The rules on `documents`, and what else stands in the policy file.
    pub rules: &'static str,
    /// What stands outside of the table's rules.
    pub beside: &'static str,
    /// The filter by hand, with constants.
    pub limit: fn(&Facts) -> String,
    /// The best policy by hand. `uid`, `teams`, `projects`, `folders`, `is_admin` are functions of the schema `expert`.
    pub expert: &'static str,
    /// The policy of tutorials. The same functions in the schema `naive`, called for each row.
    pub naive: &'static str,
    /// What is read: the table, or a view that masks.
    pub source: Source,
}

impl Pattern {
    /// Whether somebody sees all documents.
    pub fn has_admin(&self) -> bool {
        self.name.starts_with("admin")
    }
}

/// Where a pattern's documents are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Table,
    MaskingView,
}

const UID: &str = "(SELECT expert.uid())";
/// `is_admin()` as a range that is open for admins.
const GATE: &str = "id BETWEEN (SELECT CASE WHEN expert.is_admin() THEN -2147483648 END) AND (SELECT 2147483647)";

/// The policy of an expert, its names written out.
pub fn expert(pattern: &Pattern) -> String {
    pattern.expert.replace("{uid}", UID).replace("{gate}", GATE)
}

/// What the helper functions of the policies by hand look like: an expert's read past row-level security and are called once.
pub fn helpers() -> String {
    let mut script = String::new();
    for (schema, security) in
        [("expert", "SECURITY DEFINER SET search_path = ''"), ("naive", "SECURITY DEFINER SET search_path = ''")]
    {
        script.push_str(&format!(
            "CREATE SCHEMA {schema};
             CREATE FUNCTION {schema}.uid() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
               AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
             CREATE FUNCTION {schema}.teams() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE {security}
               AS $$ SELECT ARRAY(SELECT team_id FROM public.members WHERE user_id = {schema}.uid()) $$;
             CREATE FUNCTION {schema}.projects() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE {security}
               AS $$ SELECT ARRAY(SELECT id FROM public.projects WHERE team_id = ANY ({schema}.teams())) $$;
             CREATE FUNCTION {schema}.folders() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE {security}
               AS $$ SELECT ARRAY(SELECT f.id FROM public.folders f WHERE f.project_id = ANY ({schema}.projects())) $$;
             CREATE FUNCTION {schema}.is_admin() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE {security}
               AS $$ SELECT EXISTS (SELECT 1 FROM public.users WHERE id = {schema}.uid() AND kind = 'admin') $$;
             CREATE FUNCTION {schema}.is_clerk() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE {security}
               AS $$ SELECT EXISTS (SELECT 1 FROM public.users WHERE id = {schema}.uid() AND kind = 'clerk') $$;
             CREATE FUNCTION {schema}.can_read_project(project integer) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE {security}
               AS $$ SELECT EXISTS (SELECT 1 FROM public.projects p JOIN public.members m ON m.team_id = p.team_id
                       WHERE p.id = project AND m.user_id = {schema}.uid()) $$;
             CREATE ROLE bench_{schema};
             GRANT USAGE ON SCHEMA {schema}, public TO bench_{schema};
             GRANT SELECT ON users, teams, members, folders, shares, projects TO bench_{schema};
             GRANT ALL ON documents TO bench_{schema};"
        ));
    }
    script
}

/// What every role's policies say of projects, for the join.
pub const PROJECT_RULES: &str = "table projects { rule \"team\" for Authenticated { where Team equals User's Team allow all } }";
pub const PROJECTS_EXPERT: &str =
    "team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = (SELECT expert.uid())))";
pub const PROJECTS_NAIVE: &str = "team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = naive.uid())";

pub const PATTERNS: [Pattern; 16] = [
    Pattern {
        name: "owner",
        rules: "rule \"own\" for Authenticated { where Owner equals Logged in User allow all }",
        beside: "",
        limit: |facts| format!("owner_id = {}", facts.user),
        expert: "owner_id = {uid}",
        naive: "owner_id = naive.uid()",
        source: Source::Table,
    },
    Pattern {
        name: "team by column",
        rules: "rule \"team\" for Authenticated { where Team equals User's Home Team allow all }",
        beside: "",
        limit: |facts| facts.home_team.map_or("false".to_owned(), |team| format!("team_id = {team}")),
        expert: "team_id = (SELECT u.home_team_id FROM users u WHERE u.id = {uid})",
        naive: "EXISTS (SELECT 1 FROM users u WHERE u.id = naive.uid() AND u.home_team_id = documents.team_id)",
        source: Source::Table,
    },
    Pattern {
        name: "team by membership",
        rules: "rule \"team\" for Authenticated { where Team equals User's Team allow all }",
        beside: "",
        limit: |facts| format!("team_id IN ({})", facts.teams),
        expert: "team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid}))",
        naive: "team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = naive.uid())",
        source: Source::Table,
    },
    Pattern {
        name: "scoped role",
        rules: "rule \"editors\" for Editor of Team { allow all }",
        beside: "",
        limit: |facts| format!("team_id IN ({})", facts.editor_teams),
        expert: "team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid} AND m.role = 'editor'))",
        naive: "EXISTS (SELECT 1 FROM members m WHERE m.user_id = naive.uid() AND m.team_id = documents.team_id AND m.role = 'editor')",
        source: Source::Table,
    },
    Pattern {
        name: "hierarchy",
        rules: "rule \"lead\" for Authenticated { where Owner equals Logged in User or Owner's Lead equals Logged in User allow all }",
        beside: "",
        limit: |facts| format!("(owner_id = {} OR owner_id IN ({}))", facts.user, facts.reports),
        expert: "(owner_id = {uid} OR owner_id = ANY (ARRAY(SELECT u.id FROM users u WHERE u.lead_id = {uid})))",
        naive: "owner_id = naive.uid() OR EXISTS (SELECT 1 FROM users u WHERE u.id = documents.owner_id AND u.lead_id = naive.uid())",
        source: Source::Table,
    },
    Pattern {
        name: "owner or team",
        rules: "rule \"either\" for Authenticated { where Owner equals Logged in User or Team equals User's Team allow all }",
        beside: "",
        limit: |facts| format!("(owner_id = {} OR team_id IN ({}))", facts.user, facts.teams),
        expert: "(owner_id = {uid} OR team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid})))",
        naive: "owner_id = naive.uid() OR team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = naive.uid())",
        source: Source::Table,
    },
    Pattern {
        name: "project's team",
        rules: "rule \"two steps\" for Authenticated { where Project's Team equals User's Team allow all }",
        beside: "",
        limit: |facts| format!("project_id IN ({})", facts.projects),
        expert: "project_id = ANY ((SELECT expert.projects())::integer[])",
        naive: "EXISTS (SELECT 1 FROM projects p JOIN members m ON m.team_id = p.team_id WHERE p.id = documents.project_id AND m.user_id = naive.uid())",
        source: Source::Table,
    },
    Pattern {
        name: "folder's project's team",
        rules: "rule \"three steps\" for Authenticated { where Folder's Project's Team equals User's Team allow all }",
        beside: "",
        limit: |facts| format!("folder_id IN ({})", facts.folders),
        expert: "folder_id = ANY ((SELECT expert.folders())::integer[])",
        naive: "EXISTS (SELECT 1 FROM folders f JOIN projects p ON p.id = f.project_id JOIN members m ON m.team_id = p.team_id \
                WHERE f.id = documents.folder_id AND m.user_id = naive.uid())",
        source: Source::Table,
    },
    Pattern {
        name: "company boundary and role",
        rules: "rule \"members\" for Member of Team { allow all }",
        beside: "boundary \"Tenant\" on documents { where Company Id equals User's Company Id }",
        limit: |facts| format!("(company_id = {} AND team_id IN ({}))", facts.company, facts.teams),
        expert: "(company_id = (SELECT u.company_id FROM users u WHERE u.id = {uid}) \
                 AND team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid})))",
        naive: "company_id = (SELECT u.company_id FROM users u WHERE u.id = naive.uid()) \
                AND EXISTS (SELECT 1 FROM members m WHERE m.user_id = naive.uid() AND m.team_id = documents.team_id)",
        source: Source::Table,
    },
    Pattern {
        name: "children",
        rules: "rule \"shared\" for Authenticated { where any Shares where (User equals Logged in User) allow all }",
        beside: "",
        limit: |facts| format!("id IN ({})", facts.shared),
        expert: "id = ANY (ARRAY(SELECT s.document_id FROM shares s WHERE s.user_id = {uid}))",
        naive: "EXISTS (SELECT 1 FROM shares s WHERE s.document_id = documents.id AND s.user_id = naive.uid())",
        source: Source::Table,
    },
    Pattern {
        name: "delegation",
        rules: "rule \"project\" for Authenticated { where can read Project allow all }",
        beside: "",
        limit: |facts| format!("project_id IN ({})", facts.projects),
        expert: "project_id = ANY ((SELECT expert.projects())::integer[])",
        naive: "naive.can_read_project(project_id)",
        source: Source::Table,
    },
    Pattern {
        name: "admin beside owner",
        rules: "rule \"own\" for Authenticated { where Owner equals Logged in User allow all } rule \"all\" for Admin { allow all }",
        beside: "",
        limit: |facts| if facts.is_admin { "true".to_owned() } else { format!("owner_id = {}", facts.user) },
        expert: "(owner_id = {uid} OR {gate})",
        naive: "naive.is_admin() OR owner_id = naive.uid()",
        source: Source::Table,
    },
    Pattern {
        name: "admin beside team",
        rules: "rule \"team\" for Authenticated { where Team equals User's Team allow all } rule \"all\" for Admin { allow all }",
        beside: "",
        limit: |facts| if facts.is_admin { "true".to_owned() } else { format!("team_id IN ({})", facts.teams) },
        expert: "(team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid})) OR {gate})",
        naive: "naive.is_admin() OR team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = naive.uid())",
        source: Source::Table,
    },
    Pattern {
        name: "roles with filters",
        rules: "rule \"own\" for Authenticated { where Owner equals Logged in User allow all } \
                rule \"clerks\" for Clerk { where Company Id equals User's Company Id and Status is \"open\" allow all } \
                rule \"members\" for Member of Team { where Status is not \"draft\" allow all }",
        beside: "",
        limit: |facts| {
            let clerk =
                if facts.is_clerk { format!(" OR company_id = {} AND status = 'open'", facts.company) } else { String::new() };
            format!("(owner_id = {}{clerk} OR team_id IN ({}) AND status <> 'draft')", facts.user, facts.teams)
        },
        expert: "(owner_id = {uid} OR (company_id = (SELECT u.company_id FROM users u WHERE u.id = {uid}) AND status = 'open' \
                 AND (SELECT expert.is_clerk())) OR (team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid})) \
                 AND status <> 'draft'))",
        naive: "owner_id = naive.uid() OR (naive.is_clerk() AND status = 'open' AND company_id = (SELECT u.company_id FROM users u WHERE u.id = naive.uid())) \
                OR (status <> 'draft' AND EXISTS (SELECT 1 FROM members m WHERE m.user_id = naive.uid() AND m.team_id = documents.team_id))",
        source: Source::Table,
    },
    Pattern {
        name: "masked fields",
        rules: "rule \"own\" for Authenticated { where Owner equals Logged in User allow all } \
                rule \"members\" for Member of Team { allow read except (amount) }",
        beside: "",
        limit: |facts| format!("(owner_id = {} OR team_id IN ({}))", facts.user, facts.teams),
        expert: "(owner_id = {uid} OR team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid})))",
        naive: "owner_id = naive.uid() OR team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = naive.uid())",
        source: Source::MaskingView,
    },
    Pattern {
        name: "raw SQL",
        rules: "rule \"cheap\" for Authenticated { where Team equals User's Team and sql \"amount < 500\" allow all }",
        beside: "",
        limit: |facts| format!("(team_id IN ({}) AND amount < 500)", facts.teams),
        expert: "(team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {uid})) AND amount < 500)",
        naive: "team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = naive.uid()) AND amount < 500",
        source: Source::Table,
    },
];

/// The policy files of a pattern.
fn policy_text(pattern: &Pattern) -> String {
    format!("{PROJECT_RULES}\n{}\ntable documents {{ {} }}\n", pattern.beside, pattern.rules)
}

/// The project of a pattern, as the command line would compile it.
pub fn compile(pattern: &Pattern) -> Result<Compiled, String> {
    let mut sources = Sources::default();
    let config_file = sources.add("rowgate.yaml", include_str!("project/rowgate.yaml"));
    let mut diagnostics = Vec::new();
    let config = project::load_config(&sources, config_file, &mut diagnostics).ok_or("rowgate.yaml has errors")?;
    let schema_file = sources.add("schema.yaml", include_str!("project/schema.yaml"));
    let policy_files = vec![sources.add("documents.policy", policy_text(pattern))];
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    let compiled = project::compile(texts, diagnostics);
    if compiled.meaning.is_none() {
        let rendered: Vec<String> =
            compiled.diagnostics.iter().map(|one| rowgate::diagnostic::render(one, &compiled.sources, false)).collect();
        return Err(format!("{}: {}", pattern.name, rendered.join("\n")));
    }
    Ok(compiled)
}
