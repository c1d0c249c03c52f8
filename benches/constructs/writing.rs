//! New and changed records: quotas, presets, fields that are not granted, whole rows. By hand they go to a table without policies and triggers.

use super::construct::{Construct, Query, READING};

const ENTRIES: Construct = Construct { table: "entries", by_hand: "owner_id = 42", ..READING };

/// So many new rows of the user, with all fields that everybody may fill.
macro_rules! insert {
    ($name: literal, $count: literal) => {
        Query::Write {
            name: $name,
            by_hand: concat!("INSERT INTO plain_entries (id, owner_id, title, amount) SELECT 2000000 + n, 42, 'new', n FROM generate_series(1, ", $count, ") n"),
            under_policies: concat!("INSERT INTO entries (id, owner_id, title, amount) SELECT 2000000 + n, 42, 'new', n FROM generate_series(1, ", $count, ") n"),
        }
    };
}

/// One row, all columns named, as mappers of objects do.
const WHOLE_ROW: Query = Query::Write {
    name: "update by key, all columns",
    by_hand: "UPDATE plain_entries SET id = id, owner_id = owner_id, title = 'x', state = state, note = note, made_at = made_at, amount = amount
        WHERE id = {key} AND owner_id = 42",
    under_policies: "UPDATE entries SET id = id, owner_id = owner_id, title = 'x', state = state, note = note, made_at = made_at, amount = amount
        WHERE id = {key}",
};
const OF_TITLE: Query = Query::Write {
    name: "update by key",
    by_hand: "UPDATE plain_entries SET title = 'x' WHERE id = {key} AND owner_id = 42",
    under_policies: "UPDATE entries SET title = 'x' WHERE id = {key}",
};

/// What falls, of one row and of all of the user's.
const OF_AMOUNT: [Query; 2] = [
    Query::Write {
        name: "update by key",
        by_hand: "UPDATE plain_entries SET amount = -1 WHERE id = {key} AND owner_id = 42",
        under_policies: "UPDATE entries SET amount = -1 WHERE id = {key}",
    },
    Query::Write {
        name: "update all own",
        by_hand: "UPDATE plain_entries SET amount = -1 WHERE owner_id = 42",
        under_policies: "UPDATE entries SET amount = -1",
    },
];

pub const ALL: &[Construct] = &[
    Construct {
        sentence: "allow create when Owner equals Logged in User",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read, create } }",
        queries: &[insert!("insert 1", 1), insert!("insert 1,000", 1000), insert!("insert 10,000", 10000)],
        ..ENTRIES
    },
    Construct {
        sentence: "… and number of Owner's Entries is less than Owner's Plan's Max Entries",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read
            allow create when number of Owner's Entries is less than Owner's Plan's Max Entries } }",
        queries: &[insert!("insert 1", 1), insert!("insert 1,000", 1000)],
        ..ENTRIES
    },
    Construct {
        sentence: "… and fewer than 10000 User's Entries",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read
            allow create when fewer than 10000 User's Entries } }",
        queries: &[insert!("insert 1", 1), insert!("insert 1,000", 1000)],
        ..ENTRIES
    },
    Construct {
        sentence: "allow create (id, owner_id, title, amount): other fields keep their defaults",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read, create (id, owner_id, title, amount) } }",
        queries: &[insert!("insert 1", 1), insert!("insert 10,000", 10000)],
        ..ENTRIES
    },
    Construct {
        sentence: "allow create (id, title, amount) setting Owner to Logged in User and Made At to now",
        rules: "table entries { rule \"own\" for Authenticated { allow read when Owner equals Logged in User
            allow create (id, title, amount) setting Owner to Logged in User and Made At to now } }",
        queries: &[
            Query::Write {
                name: "insert 1",
                by_hand: "INSERT INTO plain_entries (id, owner_id, title, made_at, amount) VALUES (2000001, 42, 'new', now(), 1)",
                under_policies: "INSERT INTO entries (id, title, amount) VALUES (2000001, 'new', 1)",
            },
            Query::Write {
                name: "insert 10,000",
                by_hand: "INSERT INTO plain_entries (id, owner_id, title, made_at, amount) SELECT 2000000 + n, 42, 'new', now(), n FROM generate_series(1, 10000) n",
                under_policies: "INSERT INTO entries (id, title, amount) SELECT 2000000 + n, 'new', n FROM generate_series(1, 10000) n",
            },
        ],
        ..ENTRIES
    },
    Construct {
        sentence: "allow update (title)",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read, update (title) } }",
        queries: &[OF_TITLE],
        ..ENTRIES
    },
    Construct {
        sentence: "allow update (amount)",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read, update (amount) } }",
        queries: &OF_AMOUNT,
        ..ENTRIES
    },
    Construct {
        sentence: "allow update (amount) then Amount is at most the former Amount",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read
            allow update (amount) then Amount is at most the former Amount } }",
        queries: &OF_AMOUNT,
        ..ENTRIES
    },
    Construct {
        sentence: "allow update (amount) when any Owner's Entries where (Title is not empty): another one stays",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read
            allow update (amount) when any Owner's Entries where (Title is not empty) } }",
        queries: &OF_AMOUNT,
        ..ENTRIES
    },
    Construct {
        sentence: "allow update (title), whole_rows: every column is named",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow read, update (title) } }",
        variations: &[("version: 1\nidentity", "version: 1\nwhole_rows: true\nidentity")],
        queries: &[WHOLE_ROW, OF_TITLE],
        ..ENTRIES
    },
];
