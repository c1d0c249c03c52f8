//! Columns on the way from a record to the user: who writes one, and what is said of it.

/// Rows of invitations lead by `by_id` to a user, and by `lead_id` to whoever leads them.
pub(super) const ON_THE_WAY: [(&str, &str); 21] = [
    // Everybody chooses who leads everybody.
    (
        r#"table invitations { rule "Leads" for Authenticated { where By's Lead is Logged in User allow read } } table users { rule "All" for Authenticated { allow read, update (lead_id) } }"#,
        "users can be the one whom the rule \"Leads\" knows by `By's Lead`",
    ),
    // Whoever approves what is theirs: the lead may do what they may not.
    (
        r#"table invitations { rule "Own" for Authenticated { allow read when By is Logged in User allow read, delete when By's Lead is Logged in User } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (lead_id) } }"#,
        "users can be the one whom the rule \"Own\" knows by `By's Lead`",
    ),
    // Who may do as much by themselves gains nothing.
    (
        r#"table invitations { rule "Own" for Authenticated { allow read, delete when By is Logged in User allow read, delete when By's Lead is Logged in User } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (lead_id) } }"#,
        "",
    ),
    (
        r#"table invitations { rule "Own" for Authenticated { where By is Logged in User or By's Lead is Logged in User allow read, delete } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (lead_id) } }"#,
        "",
    ),
    // Who leads already may hand over.
    (
        r#"table invitations { rule "Leads" for Authenticated { where By's Lead is Logged in User allow read } } table users { rule "Led" for Authenticated { where Lead is Logged in User allow read, update (lead_id) then Lead is not empty } }"#,
        "",
    ),
    // A step that says who it may be, and one that leaves the writer out.
    (
        r#"table invitations { rule "Leads" for Authenticated { where By's Lead is Logged in User allow read } } table users { rule "All" for Authenticated { allow read, update (lead_id) then Lead's Kind is "boss" } }"#,
        "",
    ),
    (
        r#"table invitations { rule "Leads" for Authenticated { where By's Lead is Logged in User allow read } } table users { rule "All" for Authenticated { allow read, update (lead_id) then Lead is not Logged in User } }"#,
        "",
    ),
    // In the middle of the way: a team of another owner.
    (
        r#"table members { rule "Owners" for Authenticated { where Team's Owner's Lead is Logged in User allow read } } table teams { rule "All" for Authenticated { allow read, update (owner_id) } }"#,
        "users can be the one whom the rule \"Owners\" knows by `Team's Owner's Lead`",
    ),
    (
        r#"table members { rule "Owners" for Authenticated { where Team's Owner's Lead is Logged in User allow read } } table teams { rule "All" for Authenticated { allow read, update (name) } }"#,
        "",
    ),
    // The record itself.
    (
        r#"table squads { rule "All" for Authenticated { allow read, update } rule "Owners" for Authenticated { allow delete when Owner is Logged in User } }"#,
        "users can be the one whom the rule \"Owners\" knows by `Owner`",
    ),
    (
        r#"table squads { rule "All" for Authenticated { allow read, update except (owner_id) allow delete when Owner is Logged in User } }"#,
        "",
    ),
    (
        r#"table groups { rule "Own" for Authenticated { where Owner is Logged in User allow read, update (name, owner_id), delete } }"#,
        "",
    ),
    (
        r#"table invitations { rule "Free" for Authenticated { allow read allow update (by_id) when By is empty then By is Logged in User allow update (used) when By is Logged in User } }"#,
        "",
    ),
    // What several are, and what the user's row says.
    (
        r#"table groups { rule "Firm" for Authenticated { where Owner's Company is User's Company allow read } } table users { rule "Others" for Authenticated { where this record is not Logged in User allow read, update (company_id) } }"#,
        "users can be the one whom the rule \"Firm\" knows by `Owner's Company`",
    ),
    (
        r#"table invitations { rule "Team" for Authenticated { where Team is one of User's Team allow delete } rule "All" for Authenticated { allow read } } table teams { rule "T" for Authenticated { allow read } }"#,
        "",
    ),
    // A boundary, a new record, where a step ends.
    (
        r#"table invitations { rule "All" for Authenticated { allow read } } boundary "Led" on invitations { where By's Lead is Logged in User } table users { rule "All" for Authenticated { allow read, update (lead_id) } }"#,
        "users can be the one whom the rule \"All\" knows by `By's Lead`",
    ),
    (
        r#"table members { rule "New" for Authenticated { allow create (team_id, nickname) when Team's Owner is Logged in User } } table teams { rule "All" for Authenticated { allow read, update (owner_id) } }"#,
        "users can be the one whom the rule \"New\" knows by `Team's Owner`",
    ),
    (
        r#"table invitations { rule "Move" for Authenticated { allow read allow update (team_id) then Team's Owner is Logged in User } } table teams { rule "All" for Authenticated { allow read, update (owner_id) } }"#,
        "users can be the one whom the rule \"Move\" knows by `Team's Owner`",
    ),
    // Beneath other rows, and in what they are looked up by.
    (
        r#"table squads { rule "Leads" for Authenticated { where any Squad Members as Row where (Row's User's Lead is Logged in User) allow read } } table users { rule "All" for Authenticated { allow read, update (lead_id) } }"#,
        "users can be the one whom the rule \"Leads\" knows by `User's Lead`",
    ),
    (
        r#"table squads { rule "No leads" for Authenticated { where no Squad Members as Row where (Row's User's Lead is Logged in User) allow read } } table users { rule "All" for Authenticated { allow read, update (lead_id) } }"#,
        "",
    ),
    // By a role: who manages people.
    (
        r#"table invitations { rule "Leads" for Authenticated { where By's Lead is Logged in User allow read } } table users { rule "HR" for Staff { allow read, update (lead_id) } }"#,
        "",
    ),
];

/// Whom a membership counts for, by a way: with the holder of `Binding`.
pub(super) const HELD_ON_THE_WAY: (&str, &str, &str) = (
    "this record's User's Lead is Logged in User",
    r#"table users { rule "All" for Authenticated { allow read, update (lead_id) } }"#,
    "users can be the one whom the membership `Binding` knows by `User's Lead`",
);
