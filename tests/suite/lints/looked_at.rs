//! Rows that rules look at themselves, without a membership that is declared: who makes them, and what is said of it.

pub(super) const LOOKED_AT: [(&str, &str); 18] = [
    // Where nothing is asked but whether there is a value, that there is one says which is meant.
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User and Email is not empty) } } table invitations { rule "J" for Authenticated { where By is Logged in User allow read, update (email) then Email is not empty } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User and Email is "x") } } table invitations { rule "J" for Authenticated { where By is Logged in User allow read, update (email) then Email is not empty } }"#,
        "users can write whether their own row counts as a `invitations`",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User and Email is not empty and Email is not "x") } } table invitations { rule "J" for Authenticated { where By is Logged in User allow read, update (email) then Email is not empty } }"#,
        "users can write whether their own row counts as a `invitations`",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User) } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read, create } }"#,
        "users can make the row that the rule \"F\" looks for",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow read when any record of invitations where (Team is this record and By is Logged in User) } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read, create } }"#,
        "users can make the row that the rule \"F\" looks for",
    ),
    // Somebody else makes the rows; or it is said where they may be made.
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User) } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read } rule "B" for Boss { allow create } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User) } }
           table invitations { rule "J" for Authenticated { allow read allow create when Team's Owner is Logged in User } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User) } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read, create except (team_id) } }"#,
        "",
    ),
    // By an update, one's own row is tied to another record.
    (
        r#"table teams { rule "F" for Authenticated { allow read when any Invitations where (By is Logged in User) } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read, update (team_id) } }"#,
        "users can make the row that the rule \"F\" looks for",
    ),
    // Of whatever record.
    (
        r#"table teams { rule "F" for Authenticated { allow read when any record of invitations where (By is Logged in User and Used is true) } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read, create } }"#,
        "users can make the row that the rule \"F\" looks for",
    ),
    // What a row that counts has is for nobody to give.
    (
        r#"table squads { rule "F" for Authenticated { allow read when any record of members where (User is Logged in User and Accepted is true) } }
           table members { rule "J" for Authenticated { where User is Logged in User allow read, create (id, user_id, team_id) } }"#,
        "",
    ),
    (
        r#"table squads { rule "F" for Authenticated { allow read when any record of members where (User is Logged in User and Nickname is "x") } }
           table members { rule "J" for Authenticated { where User is Logged in User allow read, update (nickname) } }"#,
        "users can write whether their own row counts as a `members`",
    ),
    // The rule is for others than those who make the row.
    (
        r#"table teams { rule "F" for Boss { allow read when any Invitations where (By is Logged in User) } }
           table invitations { rule "J" for Auditor { where By is Logged in User allow read, create } }"#,
        "",
    ),
    // What is asked not to be there.
    (
        r#"table teams { rule "F" for Authenticated { allow read when no Invitations where (By is Logged in User) } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read, delete } }"#,
        "users can take away what the rule \"F\" asks not to be there",
    ),
    // A quota, and rows above.
    (
        r#"table squads { rule "F" for Authenticated { where Owner is Logged in User allow read, create when fewer than 3 User's Squads allow delete when at least 2 User's Squads } }"#,
        "",
    ),
    (
        r#"table groups { rule "F" for Authenticated { allow read when any Above at any level where (Owner is Logged in User) allow create, update when Owner is Logged in User and Above is empty } }"#,
        "",
    ),
    // Boundaries look, too; those whom they do not except.
    (
        r#"table teams { rule "F" for Authenticated { allow read } }
           table invitations { rule "J" for Authenticated { where By is Logged in User allow read, create } }
           boundary "B" on teams { where any Invitations where (By is Logged in User) }"#,
        "users can make the row that the boundary \"B\" looks for",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow read } }
           table invitations { rule "J" for Boss { where By is Logged in User allow read, create } }
           boundary "B" on teams { where any Invitations where (By is Logged in User) except Boss }"#,
        "",
    ),
];

const ELSEWHERE: &str = "who is `Owner` in any `Team` has this in every other one that they belong to";
const TWO: &str = "these may be two rows of `members`: one that is the user's, and another one of which the rest is true";

pub(super) const UNTIED: [(&str, &str); 13] = [
    // A role somewhere, and a membership here.
    (
        r#"table invitations { rule "a" for Owner in any Team { where Team is one of User's Team allow read, delete } }"#,
        ELSEWHERE,
    ),
    (r#"table invitations { rule "a" for Owner in any Team { allow read, delete when Team is one of User's Team } }"#, ELSEWHERE),
    (
        r#"table teams { rule "a" for Owner in any Team { where this record is one of User's Team and Public is false allow read } }"#,
        ELSEWHERE,
    ),
    (r#"table invitations { rule "a" for Owner of Team { allow read, delete } }"#, ""),
    (r#"table invitations { rule "a" for Owner in any Team { allow read } }"#, ""),
    (r#"table invitations { rule "a" for Owner in any Team { where Team is not one of User's Team allow read } }"#, ""),
    (r#"table invitations { rule "a" for Owner in any Team { where Team is one of User's Ban allow read } }"#, ""),
    (r#"table invitations { rule "a" for Staff { where Team is one of User's Team allow read } }"#, ""),
    // One row that is mine, and one that has a rank.
    (
        r#"table teams { rule "a" for Clerk { where any Members where (User is Logged in User) and any Members where (Rank is "owner") allow read } }"#,
        TWO,
    ),
    (
        r#"table teams { rule "a" for Clerk { where any Members where (User is Logged in User) allow read when Public is true and any Members where (Rank is "owner") } }"#,
        TWO,
    ),
    (
        r#"table teams { rule "a" for Clerk { where any Members where (User is Logged in User and Rank is "owner") allow read } }"#,
        "",
    ),
    (
        r#"table teams { rule "a" for Clerk { where any Members where (User is Logged in User) or any Members where (Rank is "owner") allow read } }"#,
        "",
    ),
    (
        r#"table teams { rule "a" for Clerk { allow read when any Members where (User is Logged in User) allow delete when any Members where (Rank is "owner") } }"#,
        "",
    ),
];
