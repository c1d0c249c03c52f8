//! The trigger for columns that the schema file does not know, added since or never named there. In: a table in whose new records somebody may write some columns
//! only. Out: a BEFORE trigger that gives such a column the table's own default.
//!
//! No list of columns names it, so nobody may write it; but what the default of a view's column fills in needs no right, and everybody may make a temporary view.

use std::collections::BTreeSet;

use super::expression::{Callee, Expression};
use super::functions::Definition;
use super::generate::Generator;
use super::quote;
use super::steps::UNKNOWN;
use crate::catalog::{Table, TableId};
use crate::model::Operation;
use crate::objects::Body;

impl Generator<'_> {
    /// The trigger. Whoever may write every column has the right to those that are not known, too.
    pub(super) fn unknown_trigger(&mut self, id: TableId) {
        let table = self.model.catalog.table(id);
        let relation = Expression::Text(quote::qualified(&table.name)).cast("regclass");
        let mut conditions = vec![Expression::call("row_security_active", vec![relation.clone()])];
        conditions.extend(self.is_no_action(id, Operation::Create));
        let count = Expression::Number(table.columns.len().to_string());
        conditions.push(Expression::Call { function: self.has_others(), arguments: vec![relation, count] });
        let (when, function) = (Expression::And(conditions), self.defaulting_function(table));
        let remark = format!("{}: the table's own default for columns that the schema file does not know", table.name);
        self.before_trigger(table, UNKNOWN.to_owned(), Operation::Create, &when, &function, remark);
    }

    /// The function that says whether a table has other columns than so many: dropped ones count, too, and cost a second look at each record.
    fn has_others(&mut self) -> Callee {
        self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "has other columns",
            arguments: vec!["regclass".to_owned(), "integer".to_owned()],
            returns: "boolean",
            attributes: "STABLE",
            is_definer: false,
            settings: &[],
            // Parsed when it is made, it needs no path, which would cost as much again for each record.
            body: Body::SqlOfCaller(HAS_OTHERS.to_owned()),
            calls: BTreeSet::new(),
            remark: "Whether a table has had other columns than so many".to_owned(),
        })
    }

    /// Runs as the caller, as the defaults themselves would.
    fn defaulting_function(&mut self, table: &Table) -> Expression {
        let known: Vec<String> = table.columns.iter().map(|column| quote::literal(&column.name)).collect();
        let relation = quote::literal(&quote::qualified(&table.name));
        let body = DEFAULTS.replace("@relation@", &relation).replace("@known@", &known.join(", "));
        let remark = format!("Fills in columns of a new record of {} that the schema file does not know", table.name);
        self.trigger_function(&format!("unknown {}", table.name), body, remark)
    }
}

const HAS_OTHERS: &str = "SELECT (SELECT class.relnatts FROM pg_class AS class WHERE class.oid = $1) <> $2";

/// A column that has been renamed keeps who may write it. What numbers itself cannot be told from what somebody gave.
const DEFAULTS: &str = "DECLARE
  unknown record;
  given jsonb;
BEGIN
  FOR unknown IN
    SELECT attribute.attname AS name, pg_get_expr(given_by.adbin, given_by.adrelid) AS expression, attribute.attidentity <> '' AS is_numbered
    FROM pg_attribute AS attribute
    LEFT JOIN pg_attrdef AS given_by ON given_by.adrelid = attribute.attrelid AND given_by.adnum = attribute.attnum
    WHERE attribute.attrelid = @relation@::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = ''
      AND attribute.attname <> ALL (ARRAY[@known@]::name[])
      AND NOT has_column_privilege(attribute.attrelid, attribute.attnum, 'INSERT')
  LOOP
    IF unknown.is_numbered THEN
      RAISE EXCEPTION 'permission denied for table %', TG_TABLE_NAME USING ERRCODE = '42501',
        DETAIL = format('The column \"%s\" numbers itself, and the schema file of the rules does not know it.', unknown.name);
    END IF;
    EXECUTE format('SELECT to_jsonb(%s)', coalesce(unknown.expression, 'NULL::text')) INTO given;
    NEW := jsonb_populate_record(NEW, jsonb_build_object(unknown.name, given));
  END LOOP;
  RETURN NEW;
END";
