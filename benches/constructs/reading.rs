//! Comparisons: lists, what the session says, texts, time, derived columns and keys.

use super::construct::{Construct, Query, READING};

const TEAMS: &str = "SELECT team_id FROM members WHERE user_id = 42";
const TOPICS: &str = "SELECT topic_id FROM interests WHERE user_id = 42";

pub const ALL: &[Construct] = &[
    Construct {
        sentence: "Topics has any of User's Topic",
        rules: "table documents { rule \"any\" for Authenticated { where Topics has any of User's Topic allow read } }",
        facts: &[TOPICS],
        by_hand: "topic_ids && ARRAY[{0}]",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "Topics has all of User's Topic",
        rules: "table documents { rule \"all\" for Authenticated { where Topics has all of User's Topic allow read } }",
        facts: &[TOPICS],
        by_hand: "topic_ids @> ARRAY[{0}]",
        ..READING
    },
    Construct {
        sentence: "Reviewers contains Logged in User",
        rules: "table documents { rule \"asked\" for Authenticated { where Reviewers contains Logged in User allow read } }",
        by_hand: "reviewer_ids @> ARRAY[42]",
        ..READING
    },
    Construct {
        sentence: "Team is one of Session's Teams",
        rules: "table documents { rule \"teams\" for Anyone { where Team is one of Session's Teams allow read } }",
        facts: &[TEAMS],
        by_hand: "team_id IN ({0})",
        ..READING
    },
    Construct {
        sentence: "Team is one of Claim \"teams\"",
        rules: "table documents { rule \"teams\" for Anyone { where Team is one of Claim \"teams\" allow read } }",
        facts: &[TEAMS],
        by_hand: "team_id IN ({0})",
        ..READING
    },
    Construct {
        sentence: "Tenant equals Session's Tenant",
        rules: "table documents { rule \"tenant\" for Anyone { where Tenant equals Session's Tenant allow read } }",
        by_hand: "tenant_id = 42",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "Email equals User's Email ignoring case",
        rules: "table documents { rule \"addressed\" for Authenticated { where Email equals User's Email ignoring case allow read } }",
        by_hand: "lower(email) = 'user42@example.com'",
        ..READING
    },
    Construct {
        sentence: "Created At is between date \"2026-03-01\" and date \"2026-03-02\"",
        rules: "table documents { rule \"two days\" for Anyone { where Created At is between date \"2026-03-01\" and date \"2026-03-02\" allow read } }",
        by_hand: "created_at >= '2026-03-01 00:00Z' AND created_at < '2026-03-03 00:00Z'",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "Day is today",
        rules: "table documents { rule \"today\" for Anyone { where Day is today allow read } }",
        facts: &["SELECT quote_literal((now() AT TIME ZONE 'UTC')::date)"],
        by_hand: "day = {0}",
        ..READING
    },
    Construct {
        sentence: "Place is one of User's Team, derived: the first part of a text as an integer",
        rules: "table documents { rule \"place\" for Authenticated { where Place is one of User's Team allow read } }",
        facts: &["SELECT quote_literal(team_id) FROM members WHERE user_id = 42"],
        by_hand: "split_part(name, '/', 1) IN ({0})",
        ..READING
    },
    Construct {
        sentence: "Owner equals Logged in User, user_key: auth_id",
        rules: "table documents { rule \"own\" for Authenticated { where Owner equals Logged in User allow read } }",
        by_hand: "owner_id = 42",
        variations: &[("user_key: id", "user_key: auth_id")],
        identity: "a1d0c6e8-3f02-7327-d846-1063f4ac58a6",
        ..READING
    },
    Construct {
        sentence: "can read Page, of Logged in User, by foreign_keys: [workspace_id, page_number]",
        rules: "table documents { rule \"page\" for Authenticated { where can read Page allow read } }
            table pages { rule \"own\" for Authenticated { where Owner equals Logged in User allow read } }",
        facts: &["SELECT format('(%s, %s)', workspace_id, id) FROM pages WHERE owner_id = 42"],
        by_hand: "(workspace_id, page_number) IN ({0})",
        ..READING
    },
];
