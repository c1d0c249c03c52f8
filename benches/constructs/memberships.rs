//! What the user belongs to, delegation, and boundaries.

use super::construct::{Construct, Query, READING};

const TEAMS: &str = "SELECT team_id FROM members WHERE user_id = 42";
const FOLDERS: &str = "SELECT f.id FROM folders f JOIN projects p ON p.id = f.project_id JOIN members m ON m.team_id = p.team_id WHERE m.user_id = 42";

pub const ALL: &[Construct] = &[
    Construct {
        sentence: "Team is one of User's Team",
        rules: "table documents { rule \"team\" for Authenticated { where Team is one of User's Team allow read } }",
        facts: &[TEAMS],
        by_hand: "team_id IN ({0})",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "for Lead of Team, with below: 11 teams",
        rules: "table documents { rule \"lead\" for Lead of Team { allow read } }",
        facts: &["SELECT id FROM teams WHERE 43 IN (id, parent_id)"],
        by_hand: "team_id IN ({0})",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "for Viewer of Project, with holder: user or group, 200,000 bindings",
        rules: "table documents { rule \"view\" for Viewer of Project { allow read } }",
        facts: &[
            "SELECT DISTINCT project_id FROM bindings WHERE user_id = 42 OR group_id IN (SELECT group_id FROM group_members WHERE user_id = 42)",
        ],
        by_hand: "project_id IN ({0})",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "for permission \"see\" of Team by Team",
        rules: "table documents { rule \"see\" for permission \"see\" of Team by Team { allow read } }",
        facts: &["SELECT team_id FROM members WHERE user_id = 42 AND 'see' = ANY (rights)"],
        by_hand: "team_id IN ({0})",
        ..READING
    },
    Construct {
        sentence: "Team is not one of User's Ban, 100 of 1,000 teams",
        rules: "table documents { rule \"not banned\" for Authenticated { where Team is not one of User's Ban allow read } }",
        facts: &["SELECT team_id FROM bans WHERE user_id = 42"],
        by_hand: "team_id NOT IN ({0})",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "can read Folder → can read Project → Team is one of User's Team",
        rules: "table documents { rule \"folder\" for Authenticated { where can read Folder allow read } }
            table folders { rule \"project\" for Authenticated { where can read Project allow read } }
            table projects { rule \"team\" for Authenticated { where Team is one of User's Team allow read } }",
        facts: &[FOLDERS],
        by_hand: "folder_id IN ({0})",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "boundary on entries for update, delete, beside Owner equals Logged in User",
        rules: "table entries { rule \"own\" for Authenticated { where Owner equals Logged in User allow all } }
            boundary \"closed\" on entries for update, delete { where State is not \"closed\" }",
        table: "entries",
        by_hand: "owner_id = 42",
        queries: &[
            Query::Sum,
            Query::Key,
            Query::Write {
                name: "update by key",
                by_hand: "UPDATE plain_entries SET title = 'x' WHERE id = {key} AND owner_id = 42 AND state <> 'closed'",
                under_policies: "UPDATE entries SET title = 'x' WHERE id = {key}",
            },
            Query::Write {
                name: "update all",
                by_hand: "UPDATE plain_entries SET title = 'x' WHERE owner_id = 42 AND state <> 'closed'",
                under_policies: "UPDATE entries SET title = 'x'",
            },
        ],
        ..READING
    },
];
