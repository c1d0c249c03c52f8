//! What the checks have to know of a project, as common table expressions of constants: roles, tables, what the rules allow, what the state
//! makes, what is accepted.

use std::collections::{BTreeMap, BTreeSet};

use super::super::generate::finds_nothing;
use super::constants::{Constants, list};
use super::quote;
use crate::catalog::{ColumnRef, Supply, Table};
use crate::encode::{Encoding, Permission, TableEncoding};
use crate::model::{ClaimsSource, Model, Operation, Provider};
use crate::objects::{Callers, Command, Definition, Object, Purpose, Right, Rights, Target};
use crate::parallel;

/// The zone that no setting of a client can move.
const UTC: &str = "UTC";

/// Who asks the checks.
#[derive(Clone, Copy)]
pub(super) enum Asker {
    /// Who deploys, and may use all schemas.
    Deployer,
    /// A session of the application.
    Session,
}

/// `WITH RECURSIVE …`, without a comma at the end.
pub(super) fn expressions(model: &Model, encoding: &Encoding, objects: &[Object], asker: Asker) -> String {
    let text = quote::literal;
    let application = || model.application_roles().iter().map(|role| vec![text(role)]).collect();
    let masking = model.masking.as_ref();
    let service = || model.service_roles().map(|role| vec![text(role)]).collect();
    let is_made = |name: &String| {
        let sql = quote::identifier(name);
        objects.iter().any(|object| matches!(&object.definition, Definition::Schema(_)) && object.id().name == sql)
    };
    let named = [
        Some((&model.lookup_schema, false)),
        masking.map(|masking| (&masking.schema, true)),
        model.guards.as_ref().map(|guards| (&guards.schema, true)),
        model.audit.as_ref().and_then(|audit| audit.upkeep.as_ref()).map(|upkeep| (&upkeep.schema, false)),
    ];
    let schema = |(name, open): (&String, bool)| vec![text(name), open.to_string(), is_made(name).to_string()];
    let schemas = || named.into_iter().flatten().map(schema).collect();
    let project = || encoding.tables.keys().map(|&id| vec![relation(model.catalog.table(id))]).collect();
    let unforced = || encoding.tables.keys().filter(|&&id| !model.forces_row_security(id));
    let unforced = || unforced().map(|&id| vec![relation(model.catalog.table(id))]).collect();
    let log = || model.audit.iter().map(|audit| vec![relation(model.catalog.table(audit.log))]).collect();
    let apart = || encoding.tables.values().any(|of_table| of_table.keep_apart);
    let zone = || (model.time_zone != UTC).then(|| vec![text(&model.time_zone)]).into_iter().collect();
    let lists: [&(dyn Fn() -> Constants + Sync); 27] = [
        &|| list("application", &[("name", "name")], application()),
        &|| list("service", &[("name", "name")], service()),
        &|| list("own_schema", &[("name", "name"), ("is_open", "boolean"), ("is_made", "boolean")], schemas()),
        &|| list("project", &[("relation", "regclass")], project()),
        &|| list("unforced", &[("relation", "regclass")], unforced()),
        &|| list("record_of_changes", &[("relation", "regclass")], log()),
        &|| allowed(model, encoding),
        &|| known(model, encoding),
        &|| drawn(model, encoding),
        &|| policies(objects),
        &|| triggers(objects),
        &|| functions(objects),
        &|| super::others::windows(objects),
        &|| super::others::external(model),
        &|| super::others::policies_only(model),
        &|| views(objects),
        &|| kept(objects),
        &|| partly_granted(model, encoding),
        &|| closed_fields(model, encoding),
        &|| followed(model),
        &|| schemas_needed(model, encoding, objects),
        &|| acted(objects),
        &|| accepted(model),
        &|| list("apart", &[("is_needed", "boolean")], vec![vec![apart().to_string()]]),
        &|| list("zone", &[("name", "text")], zone()),
        &|| asked(model),
        &|| super::settings::of_sessions(model),
    ];
    let lists = parallel::each(&lists, objects.len() >= parallel::MIN_OBJECTS, |list| match asker {
        Asker::Deployer => list().text(),
        Asker::Session => list().text_for_anybody(),
    });
    format!("WITH RECURSIVE\n{}", lists.join(",\n"))
}

fn relation(table: &Table) -> String {
    quote::literal(&quote::qualified(&table.name))
}

/// The tables of the record.
fn kept(objects: &[Object]) -> Constants {
    let tables = objects.iter().filter_map(|object| match &object.definition {
        Definition::Record(record) => Some(record.tables()),
        _ => None,
    });
    list("kept", &[("relation", "text")], tables.flatten().map(|table| vec![quote::literal(&table)]).collect())
}

/// For each role and table, the columns per privilege (NULL: all of them) and whether rows may be deleted.
fn allowed(model: &Model, encoding: &Encoding) -> Constants {
    let columns = [
        ("role", "name"),
        ("relation", "regclass"),
        ("readable", "text[]"),
        ("creatable", "text[]"),
        ("updatable", "text[]"),
        ("deletable", "boolean"),
    ];
    let mut rows = Vec::new();
    for (&id, of_table) in &encoding.tables {
        let table = model.catalog.table(id);
        let roles = model.application_roles();
        let is_named = |role: &&str| of_table.permissions.contains_key(*role) || finds_nothing(model, table, of_table, role);
        rows.extend(roles.into_iter().filter(is_named).map(|role| allowed_to(model, table, role, of_table)));
    }
    list("allowed", &columns, rows)
}

fn allowed_to(model: &Model, table: &Table, role: &str, encoding: &TableEncoding) -> Vec<String> {
    let permissions = encoding.permissions.get(role);
    let granted = |operation| Some(permissions?.get(&operation)?.granted_columns(operation, table));
    let columns = |operation| match granted(operation) {
        Some(None) => "NULL".to_owned(),
        Some(Some(columns)) if !columns.is_empty() => {
            array(columns.iter().map(|&index| table.columns[index as usize].name.as_str()))
        }
        _ => "'{}'".to_owned(),
    };
    vec![
        quote::literal(role),
        relation(table),
        if finds_nothing(model, table, encoding, role) { "NULL".to_owned() } else { columns(Operation::Read) },
        columns(Operation::Create),
        columns(Operation::Update),
        permissions.is_some_and(|granted| granted.contains_key(&Operation::Delete)).to_string(),
    ]
}

/// The columns of tables of which some role may do something with all, whichever there are, or may create records with some: a view's default fills in others.
fn known(model: &Model, encoding: &Encoding) -> Constants {
    let mut rows = Vec::new();
    for (&id, of_table) in encoding.tables.iter().filter(|(id, _)| !model.catalog.table(**id).is_of_others()) {
        let table = model.catalog.table(id);
        let is_open = |(operation, permission): (&Operation, &Permission)| match operation {
            Operation::Create => true,
            Operation::Delete => false,
            Operation::Read | Operation::Update => permission.granted_columns(*operation, table).is_none(),
        };
        if of_table.permissions.values().flatten().any(is_open) {
            rows.push(vec![relation(table), array(table.columns.iter().map(|column| column.name.as_str()))]);
        }
    }
    list("known", &[("relation", "regclass"), ("columns", "name[]")], rows)
}

/// Sequences that the schema file names, with who may draw from them.
fn drawn(model: &Model, encoding: &Encoding) -> Constants {
    let mut rows = Vec::new();
    for (&id, of_table) in &encoding.tables {
        for sequence in model.catalog.table(id).columns.iter().filter_map(|column| column.drawn_by_default()) {
            let creating = of_table.permissions.iter().filter(|(_, granted)| granted.contains_key(&Operation::Create));
            let sequence = quote::literal(&quote::qualified(sequence));
            rows.extend(creating.map(|(role, _)| vec![quote::literal(role), sequence.clone()]));
        }
    }
    list("drawn", &[("role", "name"), ("sequence", "regclass")], rows)
}

fn policies(objects: &[Object]) -> Constants {
    let columns =
        [("relation", "regclass"), ("name", "name"), ("command", "\"char\""), ("permissive", "boolean"), ("roles", "name[]")];
    let made = objects.iter().filter_map(|object| match &object.definition {
        Definition::Policy(policy) => Some(vec![
            quote::literal(&quote::qualified(&policy.table)),
            quote::literal(&policy.name),
            quote::literal(policy.command.letter()),
            true.to_string(),
            array(policy.roles.iter().map(String::as_str)),
        ]),
        _ => None,
    });
    list("policy_made", &columns, made.collect())
}

fn triggers(objects: &[Object]) -> Constants {
    let made = objects.iter().filter_map(|object| match &object.definition {
        Definition::Trigger(trigger) => Some(vec![
            quote::literal(&quote::qualified(&trigger.table)),
            quote::literal(&trigger.name),
            trigger.always.to_string(),
        ]),
        _ => None,
    });
    list("trigger_made", &[("relation", "regclass"), ("name", "name"), ("always", "boolean")], made.collect())
}

fn functions(objects: &[Object]) -> Constants {
    let columns = [
        ("signature", "text"),
        ("owner", "name"),
        ("definer", "boolean"),
        ("source", "text"),
        ("path", "text"),
        ("callers", "name[]"),
        ("is_open", "boolean"),
    ];
    let granted: BTreeMap<&str, &Rights> = objects.iter().filter_map(calls).collect();
    let made = objects.iter().filter_map(|object| match &object.definition {
        Definition::Function(function) => Some(function),
        _ => None,
    });
    let made = made.map(|function| {
        let callers: Vec<&str> = match &function.callers {
            Callers::Everybody => vec!["public"],
            Callers::Application(roles) => roles.iter().map(String::as_str).collect(),
            Callers::Granted => granted
                .get(function.signature().as_str())
                .map_or(Vec::new(), |rights| rights.rights.iter().map(|right| right.role.as_str()).collect()),
        };
        vec![
            quote::literal(&function.signature().replace("VARIADIC tables ", "")),
            text_or_null(function.owner.as_ref().map(|owner| owner.role.as_str())),
            function.is_definer.to_string(),
            quote::literal(&function.source()),
            text_or_null(function.path().as_deref()),
            if callers.is_empty() { "'{}'".to_owned() } else { array(callers.iter().copied()) },
            callers.contains(&"public").to_string(),
        ]
    });
    list("function_made", &columns, made.collect())
}

/// The rights to call a function, by its signature.
fn calls(object: &Object) -> Option<(&str, &Rights)> {
    match &object.definition {
        Definition::Rights(rights) => match &rights.on {
            Target::Function(signature) => Some((signature, rights)),
            _ => None,
        },
        _ => None,
    }
}

/// Columns that take their default for not given: some grants to create name them, others do not.
fn partly_granted(model: &Model, encoding: &Encoding) -> Constants {
    let mut rows = Vec::new();
    for (&id, of_table) in &encoding.tables {
        let table = model.catalog.table(id);
        for trigger in of_table.triggers.iter().filter(|trigger| !trigger.is_update()) {
            for column in trigger.classes.iter().flat_map(|class| &class.columns) {
                let column = &table.columns[*column as usize];
                let is_drawn = column.sequence.is_some() || column.identity;
                let default = if is_drawn { None } else { Some(text_or_null(column.default.as_deref())) };
                rows.extend(default.map(|default| vec![relation(table), quote::literal(&column.name), default]));
            }
        }
    }
    list("partly_granted", &[("relation", "regclass"), ("name", "name"), ("default_value", "text")], rows)
}

/// What the schema file says of a column that the database computes, in the words of CREATE TABLE.
const COMPUTED: &str = "GENERATED ALWAYS";

/// Columns that somebody who creates may not give: their values are compared with what the schema file says of their defaults. And those of which nothing is
/// asked, because the schema file says that the database computes them.
fn closed_fields(model: &Model, encoding: &Encoding) -> Constants {
    let mut rows = Vec::new();
    for (&id, of_table) in &encoding.tables {
        let table = model.catalog.table(id);
        for column in of_table.closed_to(Operation::Create).flat_map(|fields| &fields.compared) {
            let column = &table.columns[*column as usize];
            if let Supply::Same(default) = table.supply(column) {
                rows.push(vec![relation(table), quote::literal(&column.name), text_or_null(default)]);
            }
        }
        let is_writing = |operation: &Operation| matches!(operation, Operation::Create | Operation::Update);
        if of_table.permissions.values().any(|granted| granted.keys().any(is_writing)) {
            let computed = table.columns.iter().filter(|column| column.generated);
            rows.extend(computed.map(|column| vec![relation(table), quote::literal(&column.name), quote::literal(COMPUTED)]));
        }
    }
    list("closed_field", &[("relation", "regclass"), ("name", "name"), ("default_value", "text")], rows)
}

/// Keys by which a record is found from another one, or from the identity: their columns, ordered.
fn followed(model: &Model) -> Constants {
    let catalog = &model.catalog;
    let is_key = |id, index| {
        catalog.derivation(ColumnRef { table: id, column: index }).is_none() || catalog.table(id).tuple(index).is_some()
    };
    let references = catalog.tables().flat_map(|(id, table)| {
        let values = table.values().filter(move |(index, _)| is_key(id, *index));
        values.filter_map(|(_, column)| column.references)
    });
    let all: BTreeSet<ColumnRef> = references.chain([model.identity.user_key]).collect();
    let rows = all.into_iter().map(|key| {
        let names: BTreeSet<&str> = catalog.parts(key).into_iter().map(|part| catalog.column(part).name.as_str()).collect();
        vec![relation(catalog.table(key.table)), array(names.into_iter())]
    });
    list("followed", &[("relation", "regclass"), ("names", "name[]")], rows.collect())
}

/// By the name that they have as SQL: one that is missing must not stop the query.
fn views(objects: &[Object]) -> Constants {
    let made = objects.iter().filter_map(|object| match &object.definition {
        Definition::View(view) => Some(vec![
            quote::literal(&object.id().name),
            quote::literal(&view.owner.role),
            array(view.readers.iter().map(String::as_str)),
        ]),
        _ => None,
    });
    list("view_made", &[("name", "text"), ("owner", "name"), ("readers", "name[]")], made.collect())
}

fn text_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), quote::literal)
}

/// What the role of actions, and that which keeps the record of changes, may do with columns.
fn acted(objects: &[Object]) -> Constants {
    let mut columns: BTreeMap<[String; 3], Vec<&str>> = BTreeMap::new();
    for object in objects {
        let Definition::Rights(Rights { on: Target::Table(table), purpose, rights, .. }) = &object.definition else { continue };
        if !matches!(purpose, Purpose::Actions | Purpose::Upkeep) {
            continue;
        }
        for Right { role, command, column } in rights.iter().filter(|right| right.column.is_some()) {
            let word = command.map_or("", Command::sql);
            let place = [quote::literal(role), quote::literal(&quote::qualified(table)), quote::literal(word)];
            columns.entry(place).or_default().extend(column.as_deref());
        }
    }
    let rows = columns.into_iter().map(|(place, columns)| place.into_iter().chain([array(columns.into_iter())]).collect());
    list("acted", &[("role", "name"), ("relation", "regclass"), ("privilege", "text"), ("columns", "text[]")], rows.collect())
}

/// Where these rules give the right, and where somebody else has to have given it.
fn schemas_needed(model: &Model, encoding: &Encoding, objects: &[Object]) -> Constants {
    let needed = objects.iter().filter_map(|object| match &object.definition {
        Definition::Rights(Rights { on: Target::Schema(schema), purpose: Purpose::Usage, rights, .. }) => {
            Some(rights.iter().map(move |right| (schema.as_str(), right.role.as_str())))
        }
        _ => None,
    });
    let others = encoding.tables.iter().filter(|(id, _)| model.catalog.table(**id).is_of_others());
    let others = others.flat_map(|(&id, of_table)| {
        of_table.permissions.keys().map(move |role| (model.catalog.table(id).name.schema.as_str(), role.as_str()))
    });
    let all: BTreeSet<(&str, &str)> = needed.flatten().chain(others).collect();
    let rows = all.into_iter().map(|(schema, role)| vec![quote::literal(schema), quote::literal(role)]);
    list("needed_schema", &[("name", "name"), ("role", "name")], rows.collect())
}

/// Of policies and privileges, the schema and name are the table's and `part` is the policy's name, or the privilege and whose it is; of functions, `part` is the types of the arguments.
fn accepted(model: &Model) -> Constants {
    let accepted = &model.accepted;
    let mut rows = Vec::new();
    let mut add = |kind: &str, schema: &str, name: &str, part: &str| {
        rows.push([kind, schema, name, part].map(quote::literal).to_vec());
    };
    for (kind, names) in [("view", &accepted.views), ("table", &accepted.tables)] {
        names.iter().for_each(|name| add(kind, &name.schema, &name.name, ""));
    }
    for (table, privilege, role) in &accepted.privileges {
        let table = &model.catalog.table(*table).name;
        add("privilege", &table.schema, &table.name, &format!("{privilege} TO {role}"));
    }
    for (table, policy) in &accepted.policies {
        let table = &model.catalog.table(*table).name;
        add("policy", &table.schema, &table.name, policy);
    }
    accepted.functions.iter().for_each(|(name, arguments)| add("function", &name.schema, &name.name, arguments));
    accepted.logins.iter().for_each(|login| add("login", "", login, ""));
    list("accepted", &[("kind", "text"), ("schema", "name"), ("name", "name"), ("part", "text")], rows)
}

/// Functions of the project that say who is signed in, or which claims there are.
fn asked(model: &Model) -> Constants {
    let identity = match &model.identity.provider {
        Provider::Function(name) => Some(name),
        _ => None,
    };
    let claims = match &model.identity.claims {
        // The function that the provider brings belongs to the platform.
        Some(ClaimsSource::Function(name)) if model.identity.provider != Provider::Neon || name.schema != "auth" => Some(name),
        _ => None,
    };
    let mut names: Vec<_> = identity.into_iter().chain(claims).collect();
    names.dedup();
    let rows = names.iter().map(|name| vec![quote::literal(&name.schema), quote::literal(&name.name)]);
    list("asked", &[("schema", "name"), ("name", "name")], rows.collect())
}

fn array<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("ARRAY[{}]", names.map(quote::literal).collect::<Vec<_>>().join(", "))
}
