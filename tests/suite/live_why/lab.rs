//! A project with a masked table, memberships that end, and an action: laboratories, their samples and the orders for them.

use super::Live;

pub(super) fn live(name: &str) -> Result<Live, String> {
    Live::of(name, [CONFIG, SCHEMA, RULES, ROWS])
}

const CONFIG: &str = r#"version: 1
identity: { provider: setting, setting: app.user_id, user_table: people, signed_in_role: @ }
lookup: { inspection_role: @_eye }
memberships:
  Lab: { table: members, user: person_id, within: lab_id, role: role, where: Until is empty or Until is after now }
roles:
  Chief: { membership: Lab, equals: chief, includes: [Tech] }
  Tech: { membership: Lab, equals: tech }
masking: { schema: shown }
guards: { schema: guard, acting_role: @_actor }
actions:
  take:
    on: orders
    by: id
    where: Taken By is empty and Lab is one of User's Lab
    set: { taken_by: Logged in User }
closed_tables: { labs: no, people: no, members: no }
"#;

const SCHEMA: &str = r#"version: 1
tables:
  labs: { columns: { id: integer, name: text } }
  people: { columns: { id: integer, name: text } }
  members:
    indexes: [person_id, lab_id]
    columns:
      id: integer
      person_id: { type: integer, references: people, nullable: false }
      lab_id: { type: integer, references: labs, nullable: false }
      role: text not null
      until: timestamptz
  samples:
    indexes: [lab_id, owner_id]
    columns:
      id: { type: integer, identity: true }
      lab_id: { type: integer, references: labs, nullable: false }
      owner_id: { type: integer, references: people }
      name: text
      result: text
  orders:
    indexes: [lab_id, owner_id]
    columns:
      id: integer
      lab_id: { type: integer, references: labs }
      owner_id: { type: integer, references: people, nullable: false }
      taken_by: { type: integer, references: people }
      state: { type: text, default: "'new'" }
      made_at: timestamptz
"#;

const RULES: &str = r#"table samples {
  rule "Techs see names" for Tech of Lab { allow read (id, lab_id, owner_id, name) }
  rule "Chiefs see all" for Chief of Lab { allow read, update, delete }
  rule "Own samples" for Authenticated { where Owner equals Logged in User
    allow read (id, lab_id, owner_id, name), update (name, lab_id) }
  rule "Techs make" for Tech of Lab { allow create (lab_id, name) setting Owner to Logged in User }
}
table orders {
  rule "Own orders" for Authenticated {
    where Owner equals Logged in User
    allow read
    allow create (id, lab_id, owner_id) setting Made At to now when Lab is one of User's Lab
    allow update (lab_id) when Lab is one of User's Lab
    allow update (state) when State is "new" then State is "sent"
    allow delete when State is "new"
  }
}
"#;

const ROWS: &str = r#"users: { Ann: 1, Bob: 2, Cleo: 3 }
rows:
  labs: [{ id: 1, name: A }, { id: 2, name: B }]
  people: [{ id: 1, name: Ann }, { id: 2, name: Bob }, { id: 3, name: Cleo }]
  members:
    - { id: 1, person_id: 1, lab_id: 1, role: chief }
    - { id: 2, person_id: 2, lab_id: 1, role: tech }
    - { id: 3, person_id: 3, lab_id: 1, role: tech, until: 2026-01-01 00:00:00+00 }
  samples: [{ id: 1, lab_id: 1, owner_id: 2, name: Blood, result: bad }, { id: 2, lab_id: 2, owner_id: 3, name: Hair, result: good }]
  orders: [{ id: 1, lab_id: 1, owner_id: 1, state: new }, { id: 2, lab_id: 1, owner_id: 2, state: sent }]
scenarios: []
"#;
