//! What may be created: a record that is given as JSON, or some record at all. A record is asked of the policy's WITH CHECK, of the column lists and of the
//! very functions that the table's trigger calls.

use std::collections::BTreeSet;

use super::super::expression::{Expression, From, Given, Select};
use super::super::functions::{Definition, Guard, rows_body};
use super::super::generate::Generator;
use super::super::quote;
use super::super::row_context::RowContext;
use super::super::session::acts_as;
use super::fields::{Class, all_columns, classes, field_list, names};
use super::recorded::{Refused, Required, session_roles_call};
use super::{Guarded, READS, granted, may};
use crate::access::decide::simplify;
use crate::access::{Atom, Predicate, holds, own_columns, role_uses};
use crate::catalog::{ColumnRef, QualifiedName, Supply, Table};
use crate::encode::Permission;
use crate::model::{Operation, Set, Value};
use crate::objects::Body;
use crate::objects::template::fill;

impl Generator<'_> {
    /// `can_create_<table>(record)`, `require_create_of_<table>(record)`, `roles_for_new_<table>(record)` and `creatable_fields_of_<table>()`.
    pub(super) fn create_guards(&mut self, guarded: &Guarded<'_>) {
        let record = self.new_record(guarded);
        let arms: Vec<Expression> =
            guarded.encoding.permissions.keys().filter_map(|role| self.may_create(guarded, role)).collect();
        let answer = Expression::call("coalesce", vec![Expression::Or(arms), Expression::Boolean(false)]);
        let can = guarded.guard("can_create");
        self.given_record(&can, "boolean", answer.clone(), &record);

        let roles = guarded.guard("roles_for_new");
        // Roles may be held for what nobody may create.
        let held = Expression::binary(self.roles_of_new(guarded), "||", may(vec![(Operation::Create.word().to_owned(), answer)]));
        self.given_record(&roles, "jsonb", held, &record);

        let message = format!("this record of {} cannot be created so", guarded.table.name);
        let body = fill(
            REQUIRE_CREATE,
            &[
                ("can", &quote::qualified(&can)),
                ("message", &quote::literal(&message)),
                ("rules", &quote::literal(&self.rules_for(guarded, Operation::Create))),
                ("roles", &quote::qualified(&roles)),
            ],
        );
        let arguments = ["jsonb".to_owned()];
        self.requirement(&guarded.guard("require_create_of"), &arguments, body, &[&can, &roles]);
        let required = Required {
            name: guarded.guard("ask_for_create_of"),
            arguments: &arguments,
            can: format!("{}($1)", quote::qualified(&can)),
            asked: &can,
            granted: (format!("{}($1)", quote::qualified(&roles)), &roles),
            held: vec![session_roles_call(guarded.schema)],
            message: quote::literal(&message),
            detail: format!("'allowed by ' || {}", quote::literal(&self.rules_for(guarded, Operation::Create))),
            entry: Refused {
                operation: "'refused create'".to_owned(),
                table: Some(quote::literal(&guarded.table.name.to_string())),
                fields: Some(SUPPLIED.to_owned()),
                ..Refused::default()
            },
            may_read: false,
        };
        self.recorded_requirement(&required);
        self.creatable_fields(guarded);
    }

    /// A guard that is given a record: an expression about the row `new`, which is made of it.
    fn given_record(&mut self, name: &QualifiedName, returns: &str, answer: Expression, record: &Expression) {
        let (answer, record) = (self.lowering.for_policy(answer), self.lowering.for_policy(record.clone()));
        let called = self.called(&[&answer, &record]);
        let body = Body::Sql(format!("SELECT {}\n  FROM {} AS new", answer.pretty(4), record.text()));
        self.guard(name, &["jsonb".to_owned()], (returns, "STABLE"), body, called);
    }

    /// Whether the grants of a database role let its sessions create the row `new`.
    fn may_create(&mut self, guarded: &Guarded<'_>, role: &str) -> Option<Expression> {
        let permission = guarded.encoding.permissions.get(role)?.get(&Operation::Create)?;
        let mut parts = vec![acts_as(role)];
        if let Some(columns) = permission.written_columns(Operation::Create, guarded.table) {
            // What the database computes may be told, because rules may depend on it, and is not supplied.
            let computed =
                all_columns(guarded.table).into_iter().filter(|&column| guarded.table.columns[column as usize].generated);
            let columns: Vec<u32> = columns.into_iter().chain(computed).collect();
            let listed = names(guarded.table, &columns).into_iter().map(Expression::Text).collect();
            parts.push(Expression::binary(Expression::Word(SUPPLIED), "<@", Expression::List(listed)));
        }
        parts.push(self.is_admitted(guarded, role, &permission.check));
        for trigger in guarded.encoding.triggers.iter().filter(|trigger| !trigger.is_update()) {
            let arm = trigger.arms.iter().position(|arm| arm.role == role);
            parts.push(arm.map_or(Expression::Boolean(false), |arm| self.step_function(guarded.id, trigger, arm)));
        }
        Some(Expression::And(parts))
    }

    /// The call of a function that says whether a predicate is true of the row `new`.
    fn is_admitted(&mut self, guarded: &Guarded<'_>, role: &str, check: &Predicate) -> Expression {
        let answer = self.lowering.predicate(check, &RowContext::given(guarded.id, "after", "before"));
        let words = format!("{} create {role}", guarded.table.name);
        let remark = format!("Whether {role} may create such a record of {}", guarded.table.name);
        self.of_new(guarded, &words, remark, "boolean", answer, &columns_of(guarded.table, check))
    }

    /// The roles of the table's rules that the session holds for the row `new`.
    fn roles_of_new(&mut self, guarded: &Guarded<'_>) -> Expression {
        let roles = self.roles_of_record(guarded, &RowContext::given(guarded.id, "after", "before"));
        let columns = self.columns_of_roles(guarded);
        let words = format!("{} roles for new", guarded.table.name);
        let remark = format!("The roles that are held for a new record of {}", guarded.table.name);
        self.of_new(guarded, &words, remark, "jsonb", granted(roles, Vec::new()), &columns)
    }

    /// The columns of a record that decide which of its rules' roles are held for it.
    fn columns_of_roles(&self, guarded: &Guarded<'_>) -> BTreeSet<u32> {
        let rules = self.model.tables.get(&guarded.id).map_or(&[][..], |rules| rules);
        let mut columns = BTreeSet::new();
        for one in role_uses(rules).into_keys() {
            for role in self.model.application_roles() {
                columns.extend(columns_of(guarded.table, &holds(self.model, one, role)));
            }
        }
        columns
    }

    /// The call of a function of some columns of the row `new`.
    fn of_new(
        &mut self,
        guarded: &Guarded<'_>,
        words: &str,
        remark: String,
        returns: &str,
        answer: Expression,
        columns: &BTreeSet<u32>,
    ) -> Expression {
        let (mut given, mut arguments) = (Vec::new(), Vec::new());
        for &column in columns {
            let name = guarded.table.columns[column as usize].name.clone();
            let value = Expression::Column { alias: "new".to_owned(), column: name.clone() };
            arguments.push((self.lowering.column_type(ColumnRef { table: guarded.id, column }), value));
            given.push((name, arguments.len()));
        }
        let given = From::Given(vec![Given { alias: "after".to_owned(), columns: given }]);
        let body = Select { expression: answer, from: (!columns.is_empty()).then_some(given), condition: None };
        self.lowering.function(words, arguments, returns, body, remark)
    }

    /// The call that makes a row of the argument, a record as JSON. What it does not say has its default; where that is not a constant and somebody's
    /// rules depend on it, the record has to say it.
    fn new_record(&mut self, guarded: &Guarded<'_>) -> Expression {
        let function = self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "new record",
            arguments: ["anyelement", "jsonb", "text", "text[]", "text[]", "jsonb"].map(str::to_owned).to_vec(),
            returns: "anyelement",
            attributes: "STABLE",
            is_definer: false,
            settings: &[],
            body: Body::Plpgsql(NEW_RECORD.to_owned()),
            calls: BTreeSet::new(),
            remark: "Makes a row of a record as JSON".to_owned(),
        });
        let (table, relation) = (guarded.table, quote::qualified(&guarded.table.name));
        let (mut needed, mut defaults) = (Vec::new(), Vec::new());
        let presets = self.model.presets(guarded.id, Operation::Create);
        for column in self.columns_that_decide(guarded) {
            let entry = &table.columns[column as usize];
            if let Some(preset) = presets.get(&column) {
                let value = self.lowering.value(&preset.value, &RowContext::given(guarded.id, "after", "before"));
                defaults.push(Expression::Text(entry.name.clone()).cast("text"));
                defaults.push(value.cast(quote::r#type(&entry.r#type)));
                continue;
            }
            match table.supply(entry) {
                Supply::Same(Some(default)) | Supply::Fresh(default) if !entry.generated => {
                    defaults.push(Expression::Text(entry.name.clone()).cast("text"));
                    defaults.push(Expression::Default(default.to_owned()).cast(quote::r#type(&entry.r#type)));
                }
                Supply::Same(None) if !entry.generated => {}
                _ => needed.push(column),
            }
        }
        let list = |columns: &[u32]| Expression::List(names(table, columns).into_iter().map(Expression::Text).collect());
        let arguments = vec![
            Expression::Word("NULL").cast(relation),
            Expression::Parameter(1),
            Expression::Text(table.name.to_string()),
            list(&all_columns(table)),
            list(&needed),
            Expression::call("jsonb_build_object", defaults),
        ];
        Expression::Call { function, arguments }
    }

    /// The columns on which it depends who may create a record.
    fn columns_that_decide(&self, guarded: &Guarded<'_>) -> BTreeSet<u32> {
        let mut columns = self.columns_of_roles(guarded);
        let permissions = guarded.encoding.permissions.values().filter_map(|granted| granted.get(&Operation::Create));
        columns.extend(permissions.flat_map(|permission| columns_read(guarded.table, &permission.check)));
        for trigger in guarded.encoding.triggers.iter().filter(|trigger| !trigger.is_update()) {
            columns.extend(trigger.classes.iter().flat_map(|class| &class.columns));
            let grants = trigger.arms.iter().flat_map(|arm| &arm.grants);
            columns.extend(grants.flat_map(|grant| columns_read(guarded.table, &grant.after)));
        }
        columns
    }

    /// `creatable_fields_of_<table>()`: the fields that the session may supply of some new record, as far as it depends on who asks.
    fn creatable_fields(&mut self, guarded: &Guarded<'_>) {
        let classes = classes(guarded, Operation::Create, fields_created);
        let row = self.lowering.body_row(guarded.id, &[], false);
        let (mut columns, mut named) = (Vec::new(), Vec::new());
        for (index, Class { columns: fields, when }) in classes.into_iter().enumerate() {
            let of_role = |role: &str| {
                let when = when.iter().find(|(of, _)| of == role).map(|(_, when)| of_some_record(when));
                when.map_or(Predicate::Never, simplify)
            };
            columns.push((format!("c{index}"), self.in_session(of_role, &row)));
            named.push((fields, format!("c{index}")));
        }
        if columns.is_empty() {
            columns.push(("nothing".to_owned(), Expression::Boolean(false)));
        }
        let fields = field_list(guarded.table, &named);
        let body = Select { expression: Expression::Row(columns), from: None, condition: None };
        let name = guarded.guard("creatable_fields_of");
        let remark = format!("What {}.{} answers", name.schema, name.name);
        let wrap = |query: &str| format!("SELECT {fields}\n  FROM (\n    {query}\n    OFFSET 0\n  ) AS step");
        let write = |body: &Select, guard: Option<&Guard<'_>>, _: &[String]| rows_body(body, guard, wrap);
        let call = self.lowering.function_of(&name.name, Vec::new(), "SETOF text[]", body, remark, write);
        let call = self.lowering.for_policy(call);
        let called = self.called(&[&call]);
        let answer = Body::Sql(format!("SELECT found.fields\n  FROM {} AS found (fields)", call.text()));
        self.guard(&name, &[], ("text[]", READS), answer, called);
    }
}

/// The records that somebody may create with a value in a column.
fn fields_created(permission: &Permission, column: u32) -> Predicate {
    match &permission.apart {
        Some(grants) => {
            let naming = grants.iter().filter(|grant| grant.names(column)).map(|grant| grant.after.clone());
            Predicate::all([permission.check.clone(), Predicate::any(naming)])
        }
        None if permission.columns.as_ref().is_none_or(|columns| columns.contains(&column)) => permission.check.clone(),
        None => Predicate::Never,
    }
}

/// What has to be true of the session for a predicate to be true of some record.
fn of_some_record(predicate: &Predicate) -> Predicate {
    match predicate {
        Predicate::All(parts) => Predicate::all(parts.iter().map(of_some_record)),
        Predicate::Any(parts) => Predicate::any(parts.iter().map(of_some_record)),
        Predicate::Atom(atom) if atom.is_opaque() || !atom.record_paths().is_empty() => needed_of_session(atom),
        other => other.clone(),
    }
}

/// What a statement about the record needs of the session, whatever the record.
fn needed_of_session(atom: &Atom) -> Predicate {
    let of_value = |value: &&Value| match value {
        Value::LoggedInUser => Predicate::from(Atom::SignedIn),
        Value::User(_) | Value::Claim(..) | Value::Referenced(_) => {
            Predicate::from(Atom::Empty { value: (*value).clone(), negated: true })
        }
        _ => Predicate::Always,
    };
    match atom {
        Atom::Member { set, negated: false, .. } => {
            Predicate::from(Atom::EmptySet { set: Set { tail: None, ..set.clone() }, negated: true })
        }
        Atom::Member { negated: true, .. } => Predicate::from(Atom::SignedIn),
        Atom::Exists(exists) if exists.of_user && (exists.negated || exists.enough.value().is_some()) => {
            Predicate::from(Atom::SignedIn)
        }
        other => Predicate::all(other.values().iter().map(of_value)),
    }
}

fn columns_of(table: &Table, predicate: &Predicate) -> BTreeSet<u32> {
    let mut columns = BTreeSet::new();
    predicate.for_each_atom(&mut |atom| columns.extend(own_columns(table, atom)));
    columns
}

/// The same, and what raw SQL may read: the columns whose names stand in it, or all, where it may speak of the row as a whole.
fn columns_read(table: &Table, predicate: &Predicate) -> BTreeSet<u32> {
    let mut columns = columns_of(table, predicate);
    predicate.for_each_atom(&mut |atom| {
        let Atom::Sql { text, .. } = atom else { return };
        let text = text.to_lowercase();
        // Names may be written in escapes (manual section 4.1.1).
        let is_whole = text.contains(&table.name.name.to_lowercase()) || text.contains("u&");
        let entries = (0u32..).zip(&table.columns);
        let read = entries.filter(|(_, entry)| is_whole || text.contains(&entry.name.to_lowercase()));
        columns.extend(read.map(|(column, _)| column));
    });
    columns
}

/// The fields that the argument says something about.
const SUPPLIED: &str = "ARRAY(SELECT jsonb_object_keys($1))";

const NEW_RECORD: &str = "DECLARE
  field text;
BEGIN
  IF jsonb_typeof($2) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'a record of % is a JSON object of its fields', $3 USING ERRCODE = '22023';
  END IF;
  FOR field IN SELECT jsonb_object_keys($2) LOOP
    IF field <> ALL ($4) THEN
      RAISE EXCEPTION 'there is no field \"%\" of %', field, $3 USING ERRCODE = '42703';
    END IF;
  END LOOP;
  FOREACH field IN ARRAY $5 LOOP
    IF NOT $2 ? field THEN
      RAISE EXCEPTION 'the record of % has to say \"%\": rules depend on it, and the database computes it', $3, field USING ERRCODE = '22023';
    END IF;
  END LOOP;
  RETURN jsonb_populate_record($1, $6 || $2);
END";

/// Who is refused is told the rules that allow it.
const REQUIRE_CREATE: &str = "BEGIN
  IF @can@($1) IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = @message@, ERRCODE = '42501', DETAIL = 'allowed by ' || @rules@;
  END IF;
  RETURN @roles@($1);
END";
