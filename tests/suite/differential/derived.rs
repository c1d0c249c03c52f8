//! Derived columns of a random project: whatever a table's columns allow. In: a table. Out: what is derived from it, the same for the same table.

use super::schema::Table;

/// A derived column.
pub struct Derived {
    pub name: String,
    pub r#type: &'static str,
    pub sql: String,
    pub references: Option<&'static str>,
}

pub fn derived(table: &Table) -> Vec<Derived> {
    let mut all = Vec::new();
    for column in table.columns.iter().filter(|column| !column.filled) {
        let name = &column.name;
        let mut add = |suffix: &str, r#type: &'static str, sql: String, references: Option<&'static str>| {
            all.push(Derived { name: format!("d_{name}_{suffix}"), r#type, sql, references });
        };
        match column.r#type {
            r#type if name == "team_id" && r#type != "ext.citext" => {
                add("key", r#type, format!("split_part({name}::text || '/x', '/', 1)"), Some("teams"));
            }
            "integer" if name == "id" => add("end", "smallint", format!("right({name}::text, 1)"), None),
            "text" | "varchar(20)" if column.references.is_none() && name != "id" => {
                add("part", "text", format!("nullif(split_part(lower(btrim({name}, 'a ')), '_', 1), '')"), None);
                add("number", "integer", format!("coalesce(left({name}, -1), '1')"), None);
                add("list", "text[]", format!("string_to_array(replace({name}, 'b', ','), ',')"), None);
            }
            "jsonb" => {
                add("first", "text", format!("{name} ->> 0"), None);
                add("flag", "boolean", format!("{name} #>> '{{0}}'"), None);
                add("number", "numeric", format!("{name} ->> 'a'"), None);
                add("member", "jsonb", format!("{name} -> 'a'"), None);
            }
            "text[]" => {
                add("first", "text", format!("{name}[1]"), None);
                add("key", "uuid", format!("{name}[2]"), None);
            }
            _ => {}
        }
    }
    all
}

/// As a part of the table in `schema.yaml`.
pub fn yaml(table: &Table) -> String {
    let all = derived(table);
    if all.is_empty() {
        return String::new();
    }
    let lines = all.iter().map(|one| {
        let references = one.references.map(|target| format!(", references: {target}")).unwrap_or_default();
        format!("      {}: {{ type: \"{}\", sql: \"{}\"{references} }}\n", one.name, one.r#type, one.sql)
    });
    format!("    derived:\n{}", lines.collect::<String>())
}
