//! What `as`, `why` and `matrix` are asked and answer: names that are nobody's, values that nobody can read, files with errors, JSON.

use std::path::Path;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::commands::{copy_examples, edit, expect, files, rowgate, write};
use crate::pages::temporary;
use crate::{root, trial};

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 11] = [
        ("a_value_that_only_a_server_reads_is_named", unreadable),
        ("whoever_can_be_nobody_is_told", nobody),
        ("somebody_without_a_row_is_told", stranger),
        ("files_with_errors_are_not_missed", errors),
        ("a_project_is_no_name_of_a_migration", project_as_name),
        ("reasons_are_data", reasons),
        ("what_rules_set_is_told_as_such", reasons_set),
        ("what_somebody_may_do_is_data", view),
        ("what_everybody_may_create_is_said_once", creators),
        ("the_matrix_is_data", matrix),
        ("rules_and_grants_have_ids", ids),
    ];
    all.into_iter()
        .map(|(name, body)| trial(format!("asking::{name}"), move || body(&temporary(&format!("asking_{name}"))?)))
        .collect()
}

/// What a command that cannot run says, behind its exit code.
fn fails(folder: &Path, arguments: &[&str], code: i32, words: &str) -> Result<(), String> {
    let (exit, _, message) = rowgate(folder, arguments)?;
    expect(exit == code && message.contains(words), &format!("{arguments:?} ends with {exit}:\n{message}"))
}

fn unreadable(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    edit(folder, "user_items/items.test.yaml", "name: Stove", "name: Stove, created_at: 1 March 2026");
    let words = "error: items.test.yaml: `items.created_at` of the row {id: 12} is `1 March 2026`, which only a server could read as \
                 timestamptz\nhelp: ";
    fails(folder, &["as", "Ann", "user_items"], 2, words)?;
    fails(folder, &["why", "read", "items", "11", "user_items", "--as", "Ann"], 2, words)?;
    edit(folder, "user_items/items.test.yaml", ", created_at: 1 March 2026", "");
    edit(folder, "user_items/items.test.yaml", "Ann: 1", "Ann: one");
    let words = "error[RG0220]: who is signed in is told by a `integer`, and `one` is none\n";
    fails(folder, &["as", "Ann", "user_items"], 2, words)
}

/// What the session's text would be badly formed as is no identity.
fn nobody(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let ask = |who: &str, key: &str, help: &str| {
        let words = format!(
            "error: `{who}` is no name under `users` of a test file, no role, and no {key} that could be a key of `users`\nhelp: {help}"
        );
        fails(folder, &["as", who, "user_items"], 2, &words)?;
        fails(folder, &["why", "read", "items", "11", "user_items", "--as", who], 2, &words)
    };
    ask("An", "integer", "did you mean `Ann`?\n")?;
    ask("ap_user", "integer", "did you mean `app_user`?\n")?;
    ask("Nix", "integer", "there are Ann, Bob, Cleo, nobody, anonymous, app_user\n")?;
    edit(folder, "user_items/schema.yaml", "integer", "uuid");
    let nothing = "rows: { items: [] }\nscenarios: []\n";
    std::fs::write(folder.join("user_items/items.test.yaml"), nothing).map_err(|error| error.to_string())?;
    fails(folder, &["as", "Nix", "user_items"], 2, "no uuid that could be a key of `users`\nhelp: there are ")
}

/// An identity may be signed in without a row; who named it is told.
fn stranger(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let note = "note: no row of `users` has the id `99`: somebody signed in without one\n";
    fails(folder, &["as", "99", "user_items"], 0, note)?;
    fails(folder, &["why", "read", "items", "11", "user_items", "--as", "99"], 0, note)?;
    for known in ["Ann", "2", "nobody", "app_user"] {
        let (code, _, message) = rowgate(folder, &["as", known, "user_items"])?;
        expect(code == 0 && message.is_empty(), &format!("{known}: {message}"))?;
    }
    // Of texts, each could be somebody; whom a name of the file comes near to was meant.
    for (from, to) in [("integer", "text"), ("id: text not null\n      name", "id: text not null\n      label")] {
        edit(folder, "user_items/schema.yaml", from, to);
    }
    edit(folder, "user_items/items.test.yaml", "1, name: Ann", "1, label: Ann");
    edit(folder, "user_items/items.test.yaml", "2, name: Bob", "2, label: Bob");
    edit(folder, "user_items/items.test.yaml", "3, name: Cleo", "3, label: Cleo");
    fails(folder, &["as", "Bop", "user_items"], 0, "without one\nhelp: did you mean `Bob`?\n")
}

/// Rows and names that are in a file with errors are not said to be missing.
fn errors(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    edit(folder, "user_items/items.test.yaml", "id: 11, user_id", "id: 11, usr_id");
    let help = "help: what `items.test.yaml` says is not known before its errors are corrected, see above\n";
    fails(folder, &["as", "Ann", "user_items"], 2, &format!("error: there are no rows to look at\n{help}"))?;
    let words = format!("error: no test file has a record of `items` with the key `11`\n{help}");
    fails(folder, &["why", "read", "items", "11", "user_items", "--as", "Ann"], 2, &words)?;
    // Another file may have no such user.
    write(folder, "user_items/other.test.yaml", "rows: { users: [] }\nscenarios: []\n");
    fails(folder, &["as", "Ann", "user_items"], 2, help)
}

fn project_as_name(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init", "shop"])?;
    rowgate(folder, &["init", "other"])?;
    let words = "error: `shop` is a project, and stands where the migration is named\n\
                 help: `rowgate migrate \"what changes\" shop` is for that project, `rowgate migrate shop .` has that name\n";
    fails(folder, &["migrate", "shop"], 2, words)?;
    fails(folder, &["migrate", "shop", "other"], 0, "")?;
    fails(folder, &["migrate", "what changes", "shop"], 0, "")
}

/// A command's JSON.
fn answer(folder: &Path, arguments: &[&str]) -> Result<Value, String> {
    let (code, out, message) = rowgate(folder, &[arguments, &["--format", "json"]].concat())?;
    expect(code == 0, &message)?;
    serde_json::from_str(&out).map_err(|error| error.to_string())
}

/// Whether an object, or one inside of it, has all that another one has.
fn has(value: &Value, wanted: &Value) -> bool {
    let inner = || match value {
        Value::Array(all) => all.iter().any(|one| has(one, wanted)),
        Value::Object(all) => all.values().any(|one| has(one, wanted)),
        _ => false,
    };
    let is_it = wanted.as_object().is_some_and(|wanted| wanted.iter().all(|(key, one)| value.get(key) == Some(one)));
    is_it || inner()
}

/// Who holds what, which fields of which rows are seen and changed, what may be made.
fn view(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac"]);
    let told = answer(folder, &["as", "Adam", "team_rbac"])?;
    let within = json!({ "membership": "Team", "key": "1" });
    let all_but_pay = json!(["id", "user_id", "team_id", "role_id", "phone", "expires_at"]);
    let condition = "Team is where the role is held and Role's Level is less than 3 and User does not equal Logged in User";
    let wanted = [
        json!({ "kind": "actor", "actor": "Adam" }),
        json!({ "role": "Authenticated", "within": null }),
        json!({ "role": "Admin", "within": within }),
        json!({ "kind": "table", "table": "projects", "total": 5 }),
        json!({ "operation": "update", "fields": ["role_id", "expires_at"] }),
        json!({ "operation": "read", "fields": all_but_pay }),
        json!({ "operation": "read", "fields": null }),
        json!({ "operation": "delete", "fields": null }),
        json!({ "id": "6", "pay": { "hidden": true } }),
        json!({ "id": "14", "pay": null }),
        json!({ "kind": "may_create", "role": "Admin", "fields": all_but_pay, "condition": condition }),
        json!({ "kind": "may_create", "role": "Member", "fields": null,
                "condition": "Team is where the role is held and Created By equals Logged in User" }),
    ];
    let missing: Vec<&Value> = wanted.iter().filter(|one| !has(&told, one)).collect();
    expect(missing.is_empty(), &format!("{missing:#?} are not in {told:#}"))?;
    let root = answer(folder, &["as", "Root", "team_rbac", "--table", "billing"])?;
    let wanted = json!({ "kind": "may_create", "role": "System Admin", "fields": null, "condition": null });
    expect(has(&root, &wanted), &format!("{root:#}"))?;
    copy_examples(folder, &["user_items"]);
    let closed = answer(folder, &["as", "Ann", "user_items", "--table", "users"])?;
    let reason = "accounts are managed by the sign-up service, never by the application";
    expect(has(&closed, &json!({ "kind": "table", "table": "users", "closed": reason })), &format!("{closed:#}"))
}

/// A role that adds nothing is not named; one that does is.
fn creators(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let roles = "roles: { Clerk: { column: name, equals: Ann }, Boss: { column: name, equals: Ann } }\nclosed_tables:";
    edit(folder, "user_items/rowgate.yaml", "closed_tables:", roles);
    edit(
        folder,
        "user_items/items.policy",
        "table items {",
        "table items { rule \"Maps\" for Boss { where Name is \"Map\" allow create }",
    );
    let (_, out, _) = rowgate(folder, &["as", "Ann", "user_items"])?;
    let told: Vec<&str> = out.lines().filter_map(|line| line.trim_start().strip_prefix("may create ")).collect();
    let wanted =
        ["as Authenticated when User equals Logged in User", "as Boss when User equals Logged in User or Name equals \"Map\""];
    expect(out.contains("holds Authenticated, Boss, Clerk") && told == wanted, &out)
}

/// Of each statement the kind and the names in it; the words are those of the text form, in the same order.
fn reasons(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac", "user_items"]);
    let policy = "table items {
        rule \"Own\" for Authenticated { where User equals Logged in User allow read allow update (name) when not (Name is \"x\") allow delete }
        rule \"Cheap\" for Authenticated, Boss in any Club { where sql \"length(name) < 9\" allow read allow update }
    }
    boundary \"Named\" on items { where Name is not \"\" except Boss in any Club }";
    write(folder, "user_items/items.policy", policy);
    edit(
        folder,
        "user_items/rowgate.yaml",
        "closed_tables:",
        "memberships: { Club: { table: items, user: user_id, within: club_id, role: name } }\n\
         roles: { Boss: { membership: Club, equals: boss } }\nclosed_tables:",
    );
    edit(
        folder,
        "user_items/schema.yaml",
        "      created_at:",
        "      club_id: { type: integer, references: items.id }\n      created_at:",
    );
    let questions: [(&[&str], Vec<Value>); 5] = [
        (
            &["why", "update", "items", "11", "user_items", "--as", "Ann"],
            vec![
                json!({ "kind": "record", "operation": "update", "table": "items", "truth": "unknown" }),
                json!({ "kind": "boundary", "boundary": "Named", "truth": "true" }),
                json!({ "kind": "holds", "role": { "name": "Boss", "of": null, "in_any": "Club" }, "truth": "false" }),
                json!({ "kind": "any_role", "operation": "read" }),
                json!({ "kind": "role", "operation": "update", "role": { "name": "Authenticated", "of": null, "in_any": null } }),
                json!({ "kind": "filter", "rule": "Own", "condition": "User equals Logged in User", "truth": "true" }),
                json!({ "kind": "filter", "rule": "Cheap", "truth": "unknown" }),
                json!({ "kind": "any_grant", "operation": "update", "truth": "true" }),
                json!({ "kind": "grant", "rule": "Own", "operation": "update", "fields": ["name"],
                        "condition": "not (Name is \"x\")", "text": "\"Own\" allows update (name) when not (Name is \"x\")", "then": null }),
                json!({ "kind": "grant", "rule": "Cheap", "operation": "update", "fields": null, "condition": null, "parts": [] }),
            ],
        ),
        (
            &["why", "delete", "projects", "1", "team_rbac", "--as", "Vic"],
            vec![json!({ "kind": "holds", "role": { "name": "Viewer", "of": "Team", "in_any": null }, "truth": "true" })],
        ),
        (
            &["why", "update", "invitations", "1", "team_rbac", "--as", "Olga"],
            vec![
                json!({ "kind": "grant", "rule": "Admins revoke what is pending", "fields": ["status"], "then": "Status is \"revoked\"" }),
            ],
        ),
        (
            &["why", "read", "users", "1", "user_items", "--as", "Ann"],
            vec![
                json!({ "kind": "nobody", "closed": "accounts are managed by the sign-up service, never by the application", "truth": "false" }),
            ],
        ),
        (
            &["why", "read", "items", "21", "user_items", "--as", "nobody"],
            vec![json!({ "kind": "filter", "rule": "Own", "truth": "unknown" })],
        ),
    ];
    questions.iter().try_for_each(|(question, wanted)| tells(folder, question, wanted))
}

/// What rules set is told as what is set: nobody has to meet it. What the text asks beside it is told as it is written.
fn reasons_set(folder: &Path) -> Result<(), String> {
    for (name, text) in files(&root().join("tests/cases/what_rules_set_nobody_chooses")) {
        write(folder, &format!("setting/{name}"), text);
    }
    let set = json!({ "updated_by": "Logged in User", "updated_on": "today" });
    let text = "\"Who writes\" allows update (title) setting Updated By to Logged in User and Updated On to today \
                when Created By equals Logged in User then Title is not empty";
    let wanted = [
        json!({ "kind": "grant", "rule": "Who writes", "set": set, "then": "Title is not empty", "text": text }),
        json!({ "kind": "grant", "rule": "The boss", "set": {}, "then": null, "condition": null }),
    ];
    tells(folder, &["why", "update", "posts", "1", "setting", "--as", "1"], &wanted)?;
    // Without a `then`, what is asked before is asked after, and nothing of what is set is.
    edit(folder, "setting/rules.policy", " then Title is not empty", "");
    let wanted = [
        json!({ "kind": "grant", "rule": "Who writes", "set": set, "then": null, "condition": "Created By equals Logged in User" }),
    ];
    tells(folder, &["why", "update", "posts", "1", "setting", "--as", "1"], &wanted)?;
    // What is asked of the record before is no value that was set.
    edit(
        folder,
        "setting/rules.policy",
        "when Created By equals Logged in User\n",
        "when Updated By equals Logged in User and Updated On is not empty\n",
    );
    let asked = "Updated By equals Logged in User and Updated On is not empty";
    let wanted = [json!({ "kind": "grant", "rule": "Who writes", "set": set, "then": null, "condition": asked })];
    tells(folder, &["why", "update", "posts", "1", "setting", "--as", "1"], &wanted)?;
    let (_, model, _) = rowgate(folder, &["show", "model", "setting"])?;
    let shown = " setting Reports To to Logged in User and Channel to Claim \"channel\" when Body does not equal \"x\"\n";
    expect(model.contains(shown), &model)
}

/// An answer has these objects, and its words are those of the text form.
fn tells(folder: &Path, question: &[&str], wanted: &[Value]) -> Result<(), String> {
    let told = answer(folder, question)?;
    let missing: Vec<&Value> = wanted.iter().filter(|one| !has(&told, one)).collect();
    expect(missing.is_empty(), &format!("{missing:#?} are not in {told:#}"))?;
    let (_, text, _) = rowgate(folder, question)?;
    let mut words = String::new();
    in_words(&told, 0, &mut words);
    let head = text.strip_suffix(&words).ok_or_else(|| format!("{words}\n{text}"))?;
    // Where it is not possible, what would be enough stands before it, the first ways of it.
    let lacks = told["lacks"].as_array().ok_or("nothing is said of what would be enough")?;
    let first = lacks.iter().take(4).flat_map(|way| way.as_array().into_iter().flatten());
    let is_said = |one: &Value| one.as_str().is_some_and(|one| head.contains(one));
    let is_empty = lacks.is_empty() == head.is_empty() && lacks.is_empty() == (told["truth"] == "true");
    expect(is_empty && first.clone().all(is_said), &format!("{lacks:?}\n{text}"))
}

/// What the text form prints.
fn in_words(reason: &Value, depth: usize, out: &mut String) {
    let word = match reason["truth"].as_str() {
        Some("true") => "yes",
        Some("false") => "no",
        _ => "unknown",
    };
    let values = reason["values"].as_array().into_iter().flatten().filter(|value| word != "unknown" || value["value"].is_null());
    let value =
        |value: &Value| format!("{} is {}", value["what"].as_str().unwrap_or("?"), value["value"].as_str().unwrap_or("empty"));
    let values: Vec<String> = values.map(value).collect();
    let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
    out.push_str(&format!("{word:<7}  {}{}{values}\n", "  ".repeat(depth), reason["text"].as_str().unwrap_or("?")));
    reason["parts"].as_array().into_iter().flatten().for_each(|part| in_words(part, depth + 1, out));
}

/// Each way apart, before and after an update apart; no field is none, not an empty one.
fn matrix(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac"]);
    let told = answer(folder, &["matrix", "team_rbac", "--table", "invitations", "--role", "Admin"])?;
    let of_team = "Team is where the role is held and Status equals \"pending\" and Expires At is after now";
    let ways = json!([{ "when": of_team, "then": "Team is where the role is held and Status equals \"revoked\"" }]);
    let read = json!([{ "when": "Team is where the role is held", "then": null }]);
    let wanted = [
        json!({ "table": "invitations", "role": "Admin", "operation": "update", "field": "status", "answer": "when", "ways": ways }),
        json!({ "operation": "update", "field": "email", "answer": "never", "ways": [], "rules": [] }),
        json!({ "operation": "read", "field": "email", "answer": "when", "ways": read }),
        json!({ "operation": "delete", "field": null, "answer": "never", "ways": [] }),
        // Whoever is signed in may call the action; by statements of one's own nobody accepts.
        json!({ "role": "Admin", "operation": "update", "field": "status", "action": "accept_invitation", "answer": "when", "rules": [] }),
        json!({ "operation": "update", "field": "status", "action": null }),
    ];
    let missing: Vec<&Value> = wanted.iter().filter(|one| !has(&told, one)).collect();
    expect(missing.is_empty(), &format!("{missing:#?} are not in {told:#}"))?;
    let admin = answer(folder, &["matrix", "team_rbac", "--table", "projects", "--role", "System Admin"])?;
    let ways = json!([{ "when": null, "then": null }]);
    let wanted = json!({ "operation": "update", "field": "name", "answer": "always", "ways": ways });
    expect(has(&admin, &wanted), &format!("{admin:#}"))?;
    let made = |role: &str| -> Result<bool, String> {
        let told = answer(folder, &["matrix", "team_rbac", "--table", "team_members", "--role", role])?;
        Ok(has(&told, &json!({ "operation": "create", "field": "role_id", "action": "accept_invitation" })))
    };
    expect(made("Viewer")? && !made("Anyone")?, "whoever is signed in may call the action, and nobody else")?;
    copy_examples(folder, &["user_items"]);
    let (_, csv, _) = rowgate(folder, &["matrix", "user_items", "--role", "Authenticated", "--format", "csv"])?;
    let read =
        |table: &str| csv.lines().filter(|line| line.starts_with(&format!("{table},Authenticated,read,"))).collect::<Vec<_>>();
    let words = "when,User equals Logged in User,Own items,";
    // What rules set stands in the last column.
    let id = "items/Own items/read,";
    let own = ["id", "user_id", "name", "created_at"].map(|field| format!("items,Authenticated,read,{field},,{words},{id}"));
    let closed = ["id", "name"].map(|field| format!("users,Authenticated,read,{field},,never,,,,,"));
    expect(read("items") == own && read("users") == closed, &csv)
}

/// They are the same wherever a rule or a grant is spoken of as data, and what they are made of stands in the SQL.
fn ids(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let rule = "rule \"Read/write\" for Anyone {
        allow read when Name equals \"a\"
        allow update (name)
        allow read when Name equals \"b\" and Name equals \"c\"
        allow read when Name equals \"d\"
    }";
    write(folder, "user_items/more.policy", format!("table items {{\n  {rule}\n}}\n"));
    let of_grants =
        |numbers: &[&str]| numbers.iter().map(|end| json!(format!("items/Read~1write/read{end}"))).collect::<Vec<_>>();
    let told = answer(folder, &["matrix", "user_items", "--table", "items", "--role", "Anyone"])?;
    let wanted = json!({ "operation": "read", "field": "name", "grants": of_grants(&["", "/2", "/3"]) });
    expect(has(&told, &wanted), &format!("{told:#}"))?;
    let told = answer(folder, &["why", "read", "items", "11", "user_items", "--as", "nobody"])?;
    for id in of_grants(&["", "/2", "/3"]) {
        expect(has(&told, &json!({ "kind": "grant", "id": id })), &format!("{id} is not in {told:#}"))?;
    }
    let told = answer(folder, &["why", "read", "items", "11", "user_items", "--as", "Ann"])?;
    expect(has(&told, &json!({ "kind": "filter", "id": "items/Own items" })), &format!("{told:#}"))?;
    let told = answer(folder, &["check", "user_items"])?;
    expect(has(&told, &json!({ "code": "RG1315", "about": of_grants(&["/2"]) })), &format!("{told:#}"))?;
    let (_, sql, _) = rowgate(folder, &["build", "user_items"])?;
    expect(sql.contains("-- items: read by app_user\n--   Anyone: \"Read/write\" (more.policy:2)\n"), &sql)
}
