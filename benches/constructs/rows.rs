//! Rows inside of conditions: those of the user that are compared with the record, and counts.

use super::construct::{Construct, Query, READING};

const LISTED_TWICE: &str = "SELECT document_id FROM shares WHERE user_id = 42 GROUP BY 1 HAVING count(*) >= 2";

pub const ALL: &[Construct] = &[
    Construct {
        sentence: "any User's Stays where (Channel is this record's Channel and Entered At is at most this record's Sent At and (Left At is empty or …))",
        rules: "table messages { rule \"while there\" for Authenticated {
            where any User's Stays where (Channel is this record's Channel and Entered At is at most this record's Sent At
              and (Left At is empty or Left At is after this record's Sent At))
            allow read } }",
        table: "messages",
        facts: &["SELECT string_agg(format('channel = %s AND sent_at >= %L AND sent_at < %L', channel, entered_at, coalesce(left_at, 'infinity')), ' OR ')
                  FROM stays WHERE user_id = 42"],
        by_hand: "({0})",
        ..READING
    },
    Construct {
        sentence: "at least 2 Shares where (User is Logged in User)",
        rules: "table documents { rule \"twice\" for Authenticated { where at least 2 Shares where (User is Logged in User) allow read } }",
        facts: &[LISTED_TWICE],
        by_hand: "id IN ({0})",
        queries: &[Query::Sum, Query::Key, Query::Page],
        ..READING
    },
    Construct {
        sentence: "look up by row, Owner equals Logged in User and at least 2 Shares where (User is Logged in User)",
        rules: "table documents { rule \"twice\" for Authenticated { look up by row
            where Owner equals Logged in User and at least 2 Shares where (User is Logged in User) allow read } }",
        facts: &[LISTED_TWICE],
        by_hand: "owner_id = 42 AND id IN ({0})",
        ..READING
    },
    Construct {
        sentence: "Owner equals Logged in User and fewer than 2 Shares where (User is Logged in User)",
        rules: "table documents { rule \"once\" for Authenticated {
            where Owner equals Logged in User and fewer than 2 Shares where (User is Logged in User) allow read } }",
        facts: &[LISTED_TWICE],
        by_hand: "owner_id = 42 AND id NOT IN ({0})",
        ..READING
    },
    Construct {
        sentence: "look up by row, the same",
        rules: "table documents { rule \"once\" for Authenticated { look up by row
            where Owner equals Logged in User and fewer than 2 Shares where (User is Logged in User) allow read } }",
        facts: &[LISTED_TWICE],
        by_hand: "owner_id = 42 AND id NOT IN ({0})",
        ..READING
    },
    Construct {
        sentence: "Owner equals Logged in User and number of Approvals is less than Needed",
        rules: "table documents { rule \"open\" for Authenticated {
            where Owner equals Logged in User and number of Approvals is less than Needed allow read } }",
        by_hand: "owner_id = 42 AND (SELECT count(*) FROM approvals a WHERE a.document_id = d.id) < needed",
        ..READING
    },
];
