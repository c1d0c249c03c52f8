//! Rows of five tables that belong together, and questions about them: why somebody may or may not do something with one of the rows. Of any number,
//! with keys of any type.

use rowgate::access::evaluate::{Data, Evaluator, Row, Session, parse};
use rowgate::catalog::TableId;
use rowgate::diagnostic::Sources;
use rowgate::model::{Model, Operation};
use rowgate::project::{self, Texts};

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
memberships:
  Team: { table: members, user: user_id, within: team_id, role: role }
roles:
  Admin: { membership: Team, equals: admin, includes: [Member] }
  Member: { membership: Team, equals: member }
  Boss: { column: kind, equals: boss }
closed_tables: { users: closed, teams: closed, members: closed, comments: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users: { columns: { id: KEY, kind: text } }
  teams: { columns: { id: KEY } }
  members: { columns: { id: KEY, user_id: { type: KEY, references: users }, team_id: { type: KEY, references: teams }, role: text } }
  projects: { columns: { id: KEY, team_id: { type: KEY, references: teams } } }
  tasks:
    columns: { id: KEY, project_id: { type: KEY, references: projects }, owner_id: { type: KEY, references: users }, status: text }
  comments: { columns: { id: KEY, task_id: { type: KEY, references: tasks }, owner_id: { type: KEY, references: users } } }
";

/// A rule of each kind that looks beyond the record: roles within something and anywhere, paths, the user's row and memberships, children, the
/// access of another record.
const POLICY: &str = "
table projects { rule \"Team\" for Member of Team { allow read } }
table tasks {
  rule \"Team\" for Member of Project's Team { allow read, update when Status is not \"done\" }
  rule \"Lead\" for Admin in any Team { where Project's Team equals User's Team and can read Project allow read, delete }
  rule \"Part\" for Authenticated {
    where Owner equals Logged in User or any Comments where (Owner is Logged in User)
    allow read, update, delete when Status is not User's Kind
  }
  rule \"Boss\" for Boss { allow read }
}
boundary \"Nothing lost\" on tasks { where Project's Team is not empty except Boss }
";

/// Who asks, what about, of which row of `tasks`.
pub struct Question {
    session: Session,
    operation: Operation,
    row: usize,
}

/// A project with rows.
pub struct Rows {
    /// What its rules mean.
    pub model: Model,
    /// Each table with its rows.
    tables: Vec<(TableId, Vec<Row>)>,
}

impl Rows {
    /// So many of them, with keys of a type.
    pub fn new(count: usize, key: &str) -> Rows {
        let model = model(&SCHEMA.replace("KEY", key));
        let (users, teams, members, projects) = (count / 40, count / 40, count / 20, count / 10);
        let (tasks, comments) = (count * 3 / 5, count / 5);
        let mut tables = Vec::new();
        let mut table = |name: &str, count: usize, row: &dyn Fn(usize) -> Vec<(&'static str, String)>| {
            let id = model.catalog.named(name).unwrap();
            let rows = (0..count).map(|number| read(&model, id, &[row(number), vec![("id", format!("k{number}"))]].concat()));
            tables.push((id, rows.collect()));
        };
        let key = |number: usize| format!("k{number}");
        table("users", users, &|n| vec![("kind", if n % 50 == 49 { "boss" } else { "clerk" }.to_owned())]);
        table("teams", teams, &|_| Vec::new());
        table("members", members, &|n| {
            // Everybody is in two teams, an admin in one of them.
            let (user, second) = (n % users, n / users);
            let role = ["admin", "member"][(user + second) % 2];
            vec![("user_id", key(user)), ("team_id", key((user + 13 * second) % teams)), ("role", role.to_owned())]
        });
        table("projects", projects, &|n| vec![("team_id", key(n % teams))]);
        table("tasks", tasks, &|n| {
            let status = ["open", "done", "clerk"][n % 3].to_owned();
            vec![("project_id", key(n * 7 % projects)), ("owner_id", key(n % users)), ("status", status)]
        });
        table("comments", comments, &|n| vec![("task_id", key(n * 3 % tasks)), ("owner_id", key(n * 11 % users))]);
        Rows { model, tables }
    }

    /// As the evaluator takes them; nobody has asked for any of them yet.
    pub fn data(&self) -> Data {
        let mut data = Data::default();
        for (table, rows) in &self.tables {
            data.insert(*table, rows.clone());
        }
        data
    }

    /// So many questions, each of somebody else or about another row.
    pub fn questions(&self, count: usize) -> Vec<Question> {
        let rows = |name: &str| {
            let id = self.model.catalog.named(name).unwrap();
            let rows = self.tables.iter().find(|(table, _)| *table == id).map(|(_, rows)| rows).unwrap();
            (rows, self.model.catalog.table(id).column_named("id").unwrap() as usize)
        };
        let ((users, id), (tasks, _)) = (rows("users"), rows("tasks"));
        let question = |number: usize| {
            let user = number * 37 % users.len();
            let session = Session {
                database_role: "app_user".to_owned(),
                identity: users[user][id].clone(),
                claims: serde_json::Value::Null,
                settings: std::collections::BTreeMap::default(),
                now: 0,
            };
            // A task of the user's own, or any.
            let row = match number % 3 {
                0 => user + users.len() * (number % 20),
                _ => number * 7919,
            };
            let operation = [Operation::Read, Operation::Update, Operation::Delete][number % 3];
            Question { session, operation, row: row % tasks.len() }
        };
        (0..count).map(question).collect()
    }

    /// Asks them all. Gives how many are answered with yes.
    pub fn ask(&self, data: &Data, questions: &[Question]) -> usize {
        let tasks = self.model.catalog.named("tasks").unwrap();
        let is_allowed = |question: &&Question| {
            let evaluator = Evaluator::new(&self.model, data, &question.session);
            evaluator.why(tasks, question.operation, &data.rows(tasks)[question.row]).truth == Some(true)
        };
        questions.iter().filter(is_allowed).count()
    }
}

fn model(schema: &str) -> Model {
    let mut sources = Sources::default();
    let config_file = sources.add("rowgate.yaml", CONFIG);
    let schema_file = sources.add("schema.yaml", schema);
    let policy_files = vec![sources.add("rules.policy", POLICY)];
    let config = project::load_config(&sources, config_file, &mut Vec::new()).unwrap();
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    let compiled = project::compile(texts, Vec::new());
    assert!(compiled.meaning.is_some(), "the rules have errors: {:?}", compiled.diagnostics);
    compiled.meaning.unwrap().model
}

/// A row from what some of its columns have. Where keys are no texts, `k1` is 1.
fn read(model: &Model, table: TableId, values: &[(&str, String)]) -> Row {
    let columns = model.catalog.table(table).columns.iter().map(|column| {
        let (_, text) = values.iter().find(|(name, _)| *name == column.name).unwrap();
        let parsed = parse(&model.catalog, &column.r#type, text, 0);
        parsed.or_else(|| parse(&model.catalog, &column.r#type, text.trim_start_matches('k'), 0)).unwrap()
    });
    columns.collect()
}
