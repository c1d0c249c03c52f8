//! What the generated SQL names, so that a session can put objects of its own in place of it. In: the script, and the catalog of the database
//! that it was applied to. Out: types, functions, operators and relations. There is no list by hand: what a later version of the script
//! names is found as well.

use std::collections::BTreeSet;

use rowgate::db::Client;

use super::super::probe::text;

/// A function that the script may call.
pub struct Function {
    pub name: String,
    /// Its arguments' types, qualified.
    pub arguments: Vec<String>,
    pub result: String,
}

/// An operator that the script may use, for types that it names.
pub struct Operator {
    pub symbol: String,
    pub left: String,
    pub right: String,
    pub result: String,
}

/// A table or view.
pub struct Relation {
    pub name: String,
    /// Names and qualified types of its columns.
    pub columns: Vec<(String, String)>,
}

#[derive(Default)]
pub struct Names {
    /// Types by name, with what they are.
    pub types: Vec<(String, String)>,
    pub functions: Vec<Function>,
    pub operators: Vec<Operator>,
    pub relations: Vec<Relation>,
    /// All settings that an ordinary role may change.
    pub settings: Vec<Setting>,
}

/// A setting with what it may be.
pub struct Setting {
    pub name: String,
    pub kind: String,
    pub least: String,
    pub most: String,
    pub values: Vec<String>,
    pub current: String,
}

/// What PostgreSQL can keep.
const MAX_NAME_BYTES: usize = 64;

/// A type with its schema, as a declaration names it. `format_type` leaves out what is in pg_catalog.
const QUALIFIED: &str = "(SELECT CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN (SELECT quote_ident(n.nspname) || '.' || quote_ident(e.typname) || '[]'
    FROM pg_type e JOIN pg_namespace n ON n.oid = e.typnamespace WHERE e.oid = t.typelem)
  ELSE (SELECT quote_ident(n.nspname) || '.' || quote_ident(t.typname) FROM pg_namespace n WHERE n.oid = t.typnamespace) END FROM pg_type t WHERE t.oid = @)";

fn qualified(oid: &str) -> String {
    QUALIFIED.replace('@', oid)
}

impl Names {
    /// What a script names of what the database has.
    pub fn of(script: &str, admin: &mut Client) -> Result<Names, String> {
        // The last step is the deploying role's; sessions ask what stands before it.
        let script = script.split("-- Nobody may do more").next().unwrap_or_default();
        let (mut words, symbols) = tokens(script);
        words.retain(|word| word.len() < MAX_NAME_BYTES);
        let mut names = Names::default();
        let query = format!(
            "SELECT typname::text, {} FROM pg_type AS p WHERE typname = ANY ($1) AND typtype IN ('b', 'e', 'd', 'r') AND typelem = 0
               AND typnamespace::regnamespace::text IN ('pg_catalog', 'public', 'ext')",
            qualified("p.oid")
        );
        names.types = admin.query(&query, &[&words]).map_err(text)?.iter().map(|row| (row.get(0), row.get(1))).collect();
        let query = format!(
            "SELECT proname::text, ARRAY(SELECT {} FROM unnest(proargtypes) WITH ORDINALITY AS a (o, n) ORDER BY n), {}
             FROM pg_proc AS p WHERE proname = ANY ($1) AND prokind = 'f' AND NOT proretset AND pronamespace::regnamespace::text IN ('pg_catalog', 'ext')
               AND NOT EXISTS (SELECT FROM unnest(proargtypes || prorettype) AS o WHERE o = ANY (ARRAY['internal', 'cstring', 'trigger', '\"any\"']::regtype[]))
             ORDER BY proname, oid",
            qualified("a.o"),
            qualified("p.prorettype")
        );
        for row in admin.query(&query, &[&words]).map_err(text)? {
            names.functions.push(Function { name: row.get(0), arguments: row.get(1), result: row.get(2) });
        }
        let query = format!(
            "SELECT oprname::text, {}, {}, {} FROM pg_operator AS p
             WHERE oprname = ANY ($1) AND oprleft <> 0 AND oprright <> 0
               AND EXISTS (SELECT FROM pg_type AS t WHERE t.oid IN (oprleft, oprright) AND (t.typname = ANY ($2) OR t.typname ~ '^any'))
             ORDER BY p.oid",
            qualified("oprleft"),
            qualified("oprright"),
            qualified("oprresult")
        );
        for row in admin.query(&query, &[&symbols, &words]).map_err(text)? {
            names.operators.push(Operator { symbol: row.get(0), left: row.get(1), right: row.get(2), result: row.get(3) });
        }
        let query = format!(
            "SELECT relname::text, ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum),
                    ARRAY(SELECT {} FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum)
             FROM pg_class AS c WHERE relname = ANY ($1) AND relkind IN ('r', 'v', 'p') AND relnamespace::regnamespace::text IN ('pg_catalog', 'public')
             ORDER BY c.oid",
            qualified("atttypid")
        );
        for row in admin.query(&query, &[&words]).map_err(text)? {
            let (columns, types): (Vec<String>, Vec<String>) = (row.get(1), row.get(2));
            names.relations.push(Relation { name: row.get(0), columns: columns.into_iter().zip(types).collect() });
        }
        let query = "SELECT name, vartype, coalesce(min_val, ''), coalesce(max_val, ''), coalesce(enumvals, '{}'), setting
            FROM pg_settings WHERE context = 'user' ORDER BY name";
        for row in admin.query(query, &[]).map_err(text)? {
            names.settings.push(Setting {
                name: row.get(0),
                kind: row.get(1),
                least: row.get(2),
                most: row.get(3),
                values: row.get(4),
                current: row.get(5),
            });
        }
        Ok(names)
    }
}

/// All words and all operators of a script, with the names that types of the grammar have in the catalog.
fn tokens(script: &str) -> (Vec<String>, Vec<String>) {
    const SYMBOLS: &str = "+-*/<>=~!@#%^&|`?";
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words: BTreeSet<String> = script.split(|c| !is_word(c)).map(str::to_lowercase).collect();
    for (spelled, name) in
        [("integer", "int4"), ("bigint", "int8"), ("smallint", "int2"), ("boolean", "bool"), ("real", "float4")]
    {
        if words.contains(spelled) {
            words.insert(name.to_owned());
        }
    }
    if words.contains("precision") {
        words.insert("float8".to_owned());
    }
    let symbols: BTreeSet<String> =
        script.split(|c| !SYMBOLS.contains(c)).map(str::to_owned).filter(|one| !one.is_empty()).collect();
    (words.into_iter().collect(), symbols.into_iter().collect())
}
