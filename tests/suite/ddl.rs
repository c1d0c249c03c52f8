//! A catalog as CREATE statements, so that a test's schema file is also its database.

use rowgate::catalog::{Catalog, Column, Table};
use rowgate::sql::{identifier, literal, qualified, type_name};

/// Everything that the schema file describes, as the owner would have made it.
pub fn create(catalog: &Catalog) -> String {
    let mut script = String::new();
    let mut schemas: Vec<&str> = catalog.tables().map(|(_, table)| table.name.schema.as_str()).collect();
    schemas.extend(catalog.enums().keys().map(|name| name.schema.as_str()));
    schemas.sort_unstable();
    schemas.dedup();
    for schema in schemas.iter().filter(|schema| **schema != "public") {
        script.push_str(&format!("CREATE SCHEMA IF NOT EXISTS {};\n", identifier(schema)));
    }
    for (name, values) in catalog.enums() {
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        script.push_str(&format!("CREATE TYPE {} AS ENUM ({});\n", qualified(name), values.join(", ")));
    }
    for (_, table) in catalog.tables() {
        script.push_str(&create_table(table));
    }
    for (_, table) in catalog.tables() {
        for column in &table.columns {
            let Some(target) = column.references else { continue };
            let other = catalog.table(target.table);
            script.push_str(&format!(
                "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({});\n",
                qualified(&table.name),
                identifier(&column.name),
                qualified(&other.name),
                identifier(&other.columns[target.column as usize].name)
            ));
        }
    }
    script
}

fn create_table(table: &Table) -> String {
    let mut script = String::new();
    let mut lines = Vec::new();
    // Nothing may depend on the order of the table's columns: it is that of their names, whatever the schema file says.
    let mut columns: Vec<&Column> = table.columns.iter().collect();
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    for column in columns {
        let mut line = format!("  {} {}", identifier(&column.name), type_name(&column.r#type));
        if let Some(sequence) = &column.sequence {
            script.push_str(&format!("CREATE SEQUENCE {};\n", qualified(sequence)));
            line.push_str(&format!(" DEFAULT nextval({})", literal(&qualified(sequence))));
        }
        match (&column.default, column.generated) {
            (Some(default), true) => line.push_str(&format!(" GENERATED ALWAYS AS ({default}) STORED")),
            (Some(default), false) => line.push_str(&format!(" DEFAULT {default}")),
            _ => {}
        }
        if !column.nullable {
            line.push_str(" NOT NULL");
        }
        lines.push(line);
    }
    let names = |key: &[u32]| {
        let names: Vec<_> = key.iter().map(|&index| identifier(&table.columns[index as usize].name)).collect();
        names.join(", ")
    };
    if !table.primary_key.is_empty() {
        lines.push(format!("  PRIMARY KEY ({})", names(&table.primary_key)));
    }
    lines.extend(table.unique.iter().map(|key| format!("  UNIQUE ({})", names(key))));
    script.push_str(&format!("CREATE TABLE {} (\n{}\n);\n", qualified(&table.name), lines.join(",\n")));
    script
}
