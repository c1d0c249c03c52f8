//! What may be done with many records in one pass, and with which of their fields.

use std::collections::BTreeSet;

use super::super::expression::{Expression, From, Select};
use super::super::functions::rows_body;
use super::super::generate::Generator;
use super::super::quote;
use super::super::row_context::RowContext;
use super::recorded::{Refused, Required, key_of, session_roles_call};
use super::records::reached;
use super::{Guarded, NO_RULE, READS, literals, numbered, parameters};
use crate::access::Predicate;
use crate::access::decide::simplify;
use crate::catalog::Table;
use crate::encode::Permission;
use crate::model::{Comparison, Operation};
use crate::objects::Body;
use crate::objects::template::fill;

/// Fields that the same grants name.
pub(super) struct Class {
    pub(super) columns: Vec<u32>,
    /// Of which records some grant names them, for each database role.
    pub(super) when: Vec<(String, Predicate)>,
}

impl Class {
    fn of_role(&self, role: &str) -> Predicate {
        self.when.iter().find(|(of, _)| of == role).map_or(Predicate::Never, |(_, when)| when.clone())
    }
}

impl Generator<'_> {
    /// `permissions_of_<table>(keys)`, `can_update_<table>(fields, key)` and `require_update_of_<table>(fields, key)`.
    pub(super) fn field_guards(&mut self, guarded: &Guarded<'_>) {
        self.permissions_of(guarded);
        let keys = self.key_types(guarded);
        let arguments: Vec<String> = std::iter::once("text[]".to_owned()).chain(keys.iter().cloned()).collect();
        let (permissions, can) = (guarded.guard("permissions_of"), guarded.guard("can_update"));
        let (roles, access) = (guarded.guard("roles_on"), guarded.guard("require_update_of"));
        let one: Vec<String> = (2..).take(keys.len()).map(|index| format!("ARRAY[${index}]")).collect();
        let message = format!("these fields of this record of {} cannot be changed, or it is not there", guarded.table.name);
        let values = [
            ("table", quote::literal(&guarded.table.name.to_string())),
            ("fields", literals(&names(guarded.table, &all_columns(guarded.table)))),
            ("permissions", format!("{}({})", quote::qualified(&permissions), one.join(", "))),
            ("can", format!("{}({})", quote::qualified(&can), numbered(1, arguments.len()))),
            ("message", quote::literal(&message)),
            ("rules", self.rules_that_update(guarded)),
            ("roles", format!("{}({})", quote::qualified(&roles), numbered(2, keys.len()))),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let calls = [quote::qualified(&permissions)].into_iter().collect();
        self.guard(&can, &arguments, ("boolean", "STABLE"), Body::Plpgsql(fill(CAN_UPDATE, &values)), calls);
        self.requirement(&access, &arguments, fill(REQUIRE_UPDATE, &values), &[&can, &roles]);
        let said =
            |name: &str| values.iter().find(|(known, _)| *known == name).map_or(String::new(), |(_, text)| (*text).to_owned());
        let required = Required {
            name: guarded.guard("ask_for_update_of"),
            arguments: &arguments,
            can: said("can"),
            asked: &can,
            granted: (said("roles"), &roles),
            held: vec![session_roles_call(guarded.schema)],
            message: said("message"),
            detail: format!("'allowed by ' || {}", said("rules")),
            entry: Refused {
                operation: "'refused update'".to_owned(),
                table: Some(said("table")),
                key: Some(key_of(guarded.table, &guarded.table.primary_key, 2)),
                fields: Some("$1".to_owned()),
                about: None,
            },
            may_read: false,
        };
        self.recorded_requirement(&required);
    }

    /// An expression for the rules that grant an update of the fields `$1`: where each of them is named by some grant, the rules with a grant that names
    /// one. Several fields may be several grants', of which each has to allow the whole step.
    fn rules_that_update(&self, guarded: &Guarded<'_>) -> String {
        let named = self.named_together(guarded);
        let rules = self.rules_that_grant(guarded, Operation::Update);
        let is_closed = rules.values().flatten().any(Option::is_some);
        if named.is_empty() || !is_closed && named.contains(&all_columns(guarded.table)) {
            return quote::literal(&self.rules_for(guarded, Operation::Update));
        }
        let list = |fields: &[u32]| format!("ARRAY[{}]::text[]", literals(&names(guarded.table, fields)));
        let told = rules.into_iter().map(|(rule, grants)| {
            let rule = quote::literal(&rule);
            match grants.into_iter().collect::<Option<Vec<_>>>() {
                Some(lists) => {
                    let fields: BTreeSet<u32> = lists.into_iter().flatten().collect();
                    format!("CASE WHEN $1 && {} THEN {rule} END", list(&Vec::from_iter(fields)))
                }
                None => rule,
            }
        });
        let told: Vec<String> = told.collect();
        let is_named: Vec<String> = named.iter().map(|fields| format!("$1 <@ {}", list(fields))).collect();
        let (is_named, told) = (is_named.join(" OR "), told.join(", "));
        format!("CASE WHEN {is_named} THEN concat_ws('; ', {told}) ELSE {} END", quote::literal(NO_RULE))
    }

    /// The fields that the grants of each database role name for an update.
    fn named_together(&self, guarded: &Guarded<'_>) -> BTreeSet<Vec<u32>> {
        let written = |column: &u32| !guarded.table.columns[*column as usize].generated;
        let permissions = guarded.encoding.permissions.values().filter_map(|granted| granted.get(&Operation::Update));
        let fields = permissions.map(|permission| permission.written_columns(Operation::Update, guarded.table));
        fields.map(|fields| fields.unwrap_or_else(|| all_columns(guarded.table).into_iter().filter(written).collect())).collect()
    }

    /// `permissions_of_<table>(keys)`: a row for each record of these that the session can read, with the fields that it can read and change, and
    /// whether it can delete it. Conditions that several fields have in common are asked once for each record.
    fn permissions_of(&mut self, guarded: &Guarded<'_>) {
        let keys = self.key_types(guarded);
        let arguments: Vec<String> = keys.iter().map(|key| format!("{key}[]")).collect();
        let row = self.lowering.body_row(guarded.id, &[], false);
        let mut columns = Vec::new();
        for (index, &key) in guarded.key.iter().enumerate() {
            columns.push((format!("k{}", index + 1), self.lowering.column(key, &row)));
        }
        let mut fields = Vec::new();
        for (operation, prefix) in [(Operation::Read, 'r'), (Operation::Update, 'u')] {
            let classes = classes(guarded, operation, fields_reached);
            let mut named = Vec::new();
            for (index, class) in classes.into_iter().enumerate() {
                let name = format!("{prefix}{index}");
                columns.push((name.clone(), self.asked_beyond_reading(guarded, |role| class.of_role(role), &row)));
                named.push((class.columns, name));
            }
            fields.push(field_list(guarded.table, &named));
        }
        let deletable = |role: &str| reached(guarded.encoding, role, Operation::Delete);
        columns.push(("d".to_owned(), self.asked_beyond_reading(guarded, deletable, &row)));
        let from = self.lowering.from(&row);
        let mut conditions = self.is_asked_for(guarded, &row);
        conditions.push(self.in_session(|role| reached(guarded.encoding, role, Operation::Read), &row));
        let body =
            Select { expression: Expression::Row(columns), from: Some(from), condition: Some(Expression::all(conditions)) };
        let wrap = |query: &str| {
            let (keys, fields) = (numbered_names("step.k", keys.len()), fields.join(",\n    "));
            format!("SELECT {keys},\n    {fields},\n    step.d IS TRUE\n  FROM (\n    {query}\n    OFFSET 0\n  ) AS step")
        };
        let found = answer_columns(guarded, &keys);
        let name = guarded.guard("permissions_of");
        let purpose = name.name.clone();
        let remark = format!("What {}.{purpose} answers", name.schema);
        let inner: Vec<String> = (1..).zip(&found).map(|(index, (_, r#type))| format!("a{index} {}", r#type)).collect();
        let returns = format!("TABLE ({})", inner.join(", "));
        let write =
            |body: &Select, guard: Option<&super::super::functions::Guard<'_>>, _: &[String]| rows_body(body, guard, wrap);
        let call = self.lowering.function_of(&purpose, parameters(&arguments), &returns, body, remark, write);
        let call = self.lowering.for_policy(call);
        let called = self.called(&[&call]);
        let outer: Vec<String> = found.iter().map(|(name, r#type)| format!("{} {}", quote::identifier(name), r#type)).collect();
        let answer = Body::Sql(format!("SELECT {}\n  FROM {} AS found", numbered_names("found.a", found.len()), call.text()));
        self.guard(&name, &arguments, (&format!("TABLE ({})", outer.join(", ")), READS), answer, called);
    }

    /// Whether something is true of a row that the session can read. What reading asks is left out where only one database role acts on the table.
    fn asked_beyond_reading(
        &mut self,
        guarded: &Guarded<'_>,
        of_role: impl Fn(&str) -> Predicate,
        row: &RowContext,
    ) -> Expression {
        let mut roles = guarded.encoding.permissions.keys();
        if let (Some(only), None) = (roles.next(), roles.next()) {
            let read = reached(guarded.encoding, only, Operation::Read);
            let predicate = beyond(&read, of_role(only));
            return self.lowering.predicate(&predicate, row);
        }
        self.in_session(of_role, row)
    }

    /// Whether the key of a row is among those that were asked for.
    fn is_asked_for(&mut self, guarded: &Guarded<'_>, row: &RowContext) -> Vec<Expression> {
        let (mut conditions, mut pairs) = (Vec::new(), Vec::new());
        for (index, &key) in (1..).zip(&guarded.key) {
            let operator = self.lowering.operator_of(&self.model.catalog.column(key).r#type, Comparison::Equal);
            let column = self.lowering.column(key, row);
            let array = Box::new(Expression::Parameter(index));
            conditions.push(Expression::Array { left: Box::new(column.clone()), operator: operator.clone(), all: false, array });
            let asked = Expression::Column { alias: "asked".to_owned(), column: format!("k{index}") };
            pairs.push(Expression::binary(column, operator, asked));
        }
        if guarded.key.len() > 1 {
            let one = Expression::Number("1".to_owned());
            let from = Some(From::Keys(guarded.key.len()));
            conditions.push(Expression::Exists(Box::new(Select {
                expression: one,
                from,
                condition: Some(Expression::And(pairs)),
            })));
        }
        conditions
    }
}

/// What [`Generator::permissions_of`] answers with: the key, then what may be done. The key's columns keep their names.
fn answer_columns(guarded: &Guarded<'_>, keys: &[String]) -> Vec<(String, String)> {
    let names: Vec<String> = names(guarded.table, &guarded.table.primary_key);
    let mut columns: Vec<(String, String)> = std::iter::zip(names.clone(), keys.iter().cloned()).collect();
    for (name, r#type) in [("readable", "text[]"), ("updatable", "text[]"), ("deletable", "boolean")] {
        let mut name = name.to_owned();
        while names.contains(&name) {
            name.push('_');
        }
        columns.push((name, r#type.to_owned()));
    }
    columns
}

/// The records of which some grant of a permission names a column. What is read of an update is what its record is before.
fn fields_reached(permission: &Permission, column: u32) -> Predicate {
    match &permission.apart {
        Some(grants) => {
            let naming = grants.iter().filter(|grant| grant.names(column)).map(|grant| grant.before.clone());
            simplify(Predicate::all([permission.using.clone(), simplify(Predicate::any(naming))]))
        }
        None if permission.columns.as_ref().is_none_or(|columns| columns.contains(&column)) => permission.using.clone(),
        None => Predicate::Never,
    }
}

/// The fields of an operation that somebody may read or write, those that the same grants name together.
pub(super) fn classes(guarded: &Guarded<'_>, operation: Operation, of: impl Fn(&Permission, u32) -> Predicate) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    for column in all_columns(guarded.table) {
        // What the database computes nobody writes.
        if operation != Operation::Read && guarded.table.columns[column as usize].generated {
            continue;
        }
        let permissions = guarded.encoding.permissions.iter();
        let permissions = permissions.filter_map(|(role, permissions)| Some((role, permissions.get(&operation)?)));
        let when: Vec<(String, Predicate)> =
            permissions.map(|(role, permission)| (role.clone(), of(permission, column))).collect();
        if when.iter().all(|(_, predicate)| *predicate == Predicate::Never) {
            continue;
        }
        match classes.iter_mut().find(|class| class.when == when) {
            Some(class) => class.columns.push(column),
            None => classes.push(Class { columns: vec![column], when }),
        }
    }
    classes
}

/// What is left to ask of a record that can be read.
fn beyond(read: &Predicate, predicate: Predicate) -> Predicate {
    let is_read = |part: &Predicate| read.conjuncts().contains(part);
    if predicate == *read || *read == Predicate::Always {
        return if predicate == *read { Predicate::Always } else { predicate };
    }
    if read.conjuncts().iter().all(|part| predicate.conjuncts().contains(part)) {
        return Predicate::all(predicate.conjuncts().iter().filter(|part| !is_read(part)).cloned());
    }
    predicate
}

/// The names of fields whose condition, a column of `step`, is true; in the table's order.
pub(super) fn field_list(table: &Table, classes: &[(Vec<u32>, String)]) -> String {
    let mut fields = Vec::new();
    for column in all_columns(table) {
        if let Some((_, name)) = classes.iter().find(|(columns, _)| columns.contains(&column)) {
            let field = quote::literal(&table.columns[column as usize].name);
            fields.push(format!("CASE WHEN step.{name} THEN {field} END"));
        }
    }
    format!("array_remove(ARRAY[{}]::text[], NULL)", fields.join(", "))
}

pub(super) fn all_columns(table: &Table) -> Vec<u32> {
    (0u32..).take(table.columns.len()).collect()
}

pub(super) fn names(table: &Table, columns: &[u32]) -> Vec<String> {
    columns.iter().map(|&column| table.columns[column as usize].name.clone()).collect()
}

/// `step.k1, step.k2`
fn numbered_names(stem: &str, count: usize) -> String {
    (1..=count).map(|index| format!("{stem}{index}")).collect::<Vec<_>>().join(", ")
}

const CAN_UPDATE: &str = "DECLARE
  field text;
BEGIN
  IF coalesce(cardinality($1), 0) = 0 THEN
    RAISE EXCEPTION 'no field of % is named', @table@ USING ERRCODE = '22023';
  END IF;
  FOREACH field IN ARRAY $1 LOOP
    IF field IS NULL OR field NOT IN (@fields@) THEN
      RAISE EXCEPTION 'there is no field \"%\" of %', field, @table@ USING ERRCODE = '42703';
    END IF;
  END LOOP;
  RETURN EXISTS (SELECT FROM @permissions@ AS found WHERE $1 <@ found.updatable);
END";

/// Who is refused is told the rules that allow it, and nothing of the record.
const REQUIRE_UPDATE: &str = "BEGIN
  IF @can@ IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = @message@, ERRCODE = '42501', DETAIL = 'allowed by ' || @rules@;
  END IF;
  RETURN @roles@;
END";
