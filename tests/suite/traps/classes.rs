//! Fields by their class, where there is none of it.

use rowgate::diagnostic::Code;

use super::Trap;

const fn people(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    let tables = "  people: { columns: { id: integer, name: { type: text, class: public }, phone: { type: text, class: personal }, fields: text } }\n  \
                  places: { columns: { id: integer, pay: { type: integer, class: secret } } }\n";
    Trap { name, tables, roles: "", policy, code, help }
}

pub const TRAPS: [Trap; 6] = [
    people(
        "a class is misspelt",
        r#"table people { rule "a" for Authenticated { allow read except persnal fields } }"#,
        Some(Code::UnknownColumn),
        "did you mean `personal`?",
    ),
    people(
        "no field of the table is of the class that is granted",
        r#"table people { rule "a" for Authenticated { allow read secret fields and (id) } }"#,
        Some(Code::UnknownColumn),
        "`class: secret`",
    ),
    people(
        "no field of the table is of the class that is left out",
        r#"table people { rule "a" for Authenticated { allow read except personal and secret fields } }"#,
        None,
        "",
    ),
    people(
        "a class is written without its word",
        r#"table people { rule "a" for Authenticated { allow read except personal } }"#,
        Some(Code::Syntax),
        "`except personal fields`",
    ),
    people(
        "a column has the name of the word",
        r#"table people { rule "a" for Authenticated { allow read, update (Fields) } }"#,
        None,
        "",
    ),
    people(
        "classes and fields are joined by commas",
        r#"table people { rule "a" for Authenticated { allow read public fields, (id) } }"#,
        Some(Code::Syntax),
        "`and`",
    ),
];
