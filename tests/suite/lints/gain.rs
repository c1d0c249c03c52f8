//! Who writes what decides about them: rules, and what is said of them.

pub(super) const OWN_ROW: [(&str, &str); 37] = [
    // Where nothing is asked but whether there is a value, that there is one says which is meant.
    (
        r#"table teams { rule "T" for Authenticated { allow read when User's Name is empty } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) then Name is not empty } }"#,
        "",
    ),
    (
        r#"table teams { rule "T" for Authenticated { allow read when User's Name is not empty } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) then Name is not empty } }"#,
        "",
    ),
    (
        r#"table teams { rule "T" for Authenticated { allow read when User's Name is empty } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) then Name is not "x" } }"#,
        "users can choose what the rule \"T\" reads of them",
    ),
    (
        r#"table teams { rule "T" for Authenticated { allow read when User's Name starts with "x" } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) then Name is not empty } }"#,
        "users can choose what the rule \"T\" reads of them",
    ),
    (
        r#"table teams { rule "T" for Authenticated { allow read when User's Name is not empty and User's Name is not "x" } } table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) then Name is not empty } }"#,
        "users can choose what the rule \"T\" reads of them",
    ),
    // Roles, the classic.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name, kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update except (kind, grade, company_id, email) } }"#,
        "",
    ),
    // A new row of one's own, by an identity that has none yet.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, name) } }"#, ""),
    (r#"table users { rule "Own" for Authenticated { allow create (name, kind) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, kind) when Kind is "guest" } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, kind) when Kind is not "boss" } }"#,
        "users can make themselves `Auditor` or `Clerk`",
    ),
    // Who has a row cannot make another one of their own.
    (r#"table users { rule "New" for Clerk { allow create (id, kind) } }"#, ""),
    (
        r#"table users { rule "New" for Staff { where this record is Logged in User allow create (id, kind) } }"#,
        "whoever is `Staff` can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "New" for Root { where this record is Logged in User allow create (id, company_id) } }"#, ""),
    (
        r#"table users { rule "New" for Viewer in any Team { where this record is Logged in User allow create (id, company_id) } }"#,
        "",
    ),
    // A step says which values may be written.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) when Kind is "clerk" then Kind is "guest" } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) then Kind is one of ("guest", "auditor") } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) then Kind is not one of ("boss", "auditor") } }"#,
        "users can make themselves `Clerk`",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) then Kind is not empty } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    // Rows of others.
    (
        r#"table users { rule "All" for Authenticated { allow read, update (kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "All" for Authenticated { where this record is not Logged in User allow read, update (kind) } }"#, ""),
    (r#"table users { rule "Led" for Authenticated { where Lead is Logged in User allow read, update (kind) } }"#, ""),
    (
        r#"table users { rule "Led" for Authenticated { where Lead is Logged in User or this record is Logged in User allow read, update (kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    // Managers: only what is above them counts, and only where it comes from the same place.
    (
        r#"table users { rule "Clerks" for Clerk { allow read, update (kind) } }"#,
        "whoever is `Clerk` can make themselves `Auditor` or `Boss`",
    ),
    (r#"table users { rule "Bosses" for Boss { allow read, update (kind) } }"#, ""),
    (r#"table users { rule "Staff" for Staff { allow read, update (kind) } }"#, ""),
    (
        r#"table users { rule "Own" for Boss { where this record is Logged in User allow read, update (kind) } }"#,
        "whoever is `Boss` can make themselves `Auditor`",
    ),
    // What is no role: columns that others read of the user.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name, company_id) } }"#,
        "users can choose what the rule \"Colleagues\" reads of them",
    ),
    (
        r#"table users { rule "Own" for Clerk { where this record is Logged in User allow read, update (company_id) } }"#,
        "whoever is `Clerk` can choose what the rule \"Colleagues\" reads of them",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (email) } }"#,
        "users can choose what the rule \"Colleagues\" reads of them",
    ),
    (r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (active) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (company_id) then Company is User's Company } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (company_id) } } boundary "Users" on users { where Company is User's Company }"#,
        "",
    ),
    (r#"table users { rule "HR" for Staff { allow read, update (company_id) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (company_id) when sql "company_id is null" } }"#,
        "",
    ),
];

pub(super) const MEMBERSHIPS: [(&str, &str); 37] = [
    // What the database fills in is written, too.
    (
        r#"table members { rule "Own" for Authenticated { allow create (team_id, rank, accepted) setting User to Logged in User } }"#,
        "users can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { allow create (team_id, accepted) setting User to Logged in User and Rank to "viewer" } }"#,
        "users can make themselves `Viewer` of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow all } }"#,
        "users can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (nickname), delete } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (rank) } }"#,
        "users can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    // Which role it is may be meant; within what, nobody says.
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Rank is "viewer" } }"#,
        "users can make themselves `Viewer` of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, create when Rank is "owner" } }"#,
        "users can make themselves `Owner` of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, create when Rank is "owner" and Team's Owner is Logged in User } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, create when Rank is "owner" and Team's Public is true } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Viewer of Team { where User is Logged in User allow read, create when Rank is "viewer" } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (team_id) when Rank is "viewer" } }"#,
        "users can make themselves `Viewer` of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Rank is not "root" and Team is not empty } }"#,
        "users can make themselves `Admin`, `Owner` or `Viewer`",
    ),
    // A request that somebody else accepts.
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Accepted is false } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (accepted) when Accepted is empty then Accepted is true } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (accepted) } }"#,
        "users can write whether their own row counts as a `Team`",
    ),
    // Membership itself, without a role.
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create (user_id, team_id, accepted) } }"#,
        "users can make themselves members of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create (user_id, team_id, accepted) when Team's Public is true } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create (user_id, team_id, accepted) when any record of invitations where (Email is User's Email) } }"#,
        "users can make themselves members of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Team is one of User's Ban and any record of invitations where (Email is User's Email) } }"#,
        "users can make themselves `Admin`, `Owner` or `Viewer`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (team_id) } }"#,
        "users can make themselves members of any `Team`",
    ),
    // Who founds a team is its first owner.
    (r#"table members { rule "Founder" for Authenticated { where Team's Owner is Logged in User allow create } }"#, ""),
    (
        r#"table members { rule "Invites" for Authenticated { where Invited By is Logged in User allow create } }"#,
        "users can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (r#"table members { rule "Others" for Authenticated { where User is not Logged in User allow create } }"#, ""),
    (
        r#"table members { rule "Mates" for Authenticated { where Team is one of User's Team allow read, update (rank) } }"#,
        "users can make themselves `Admin`, `Owner` or `Viewer`",
    ),
    // Who manages a team is not warned of, unless there is a role above.
    (r#"table members { rule "Owners" for Owner of Team { allow all } }"#, ""),
    (r#"table members { rule "Admins" for Admin of Team { allow all } }"#, "whoever is `Admin` can make themselves `Owner`"),
    (r#"table members { rule "Admins" for Admin of Team { allow all when Rank is not "owner" } }"#, ""),
    (r#"table members { rule "Admins" for Admin of Team { allow all when User is not Logged in User } }"#, ""),
    (
        r#"table members { rule "Admins" for Admin of Team { allow read, create, update (rank) then Rank is one of ("viewer", "admin") } }"#,
        "whoever is `Admin` can make themselves `Owner`",
    ),
    (
        r#"table members { rule "Admins" for Admin of Team { allow create, read, update, delete when Rank is one of ("viewer", "admin") } }"#,
        "",
    ),
    (
        r#"table members { rule "Viewers" for Viewer of Team { allow read, update (rank) } }"#,
        "whoever is `Viewer` can make themselves `Admin` or `Owner`",
    ),
    (
        r#"table members { rule "Anywhere" for Owner in any Team { allow create } }"#,
        "whoever is `Owner` can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (r#"table members { rule "Roots" for Root { allow all } }"#, ""),
    (r#"table members { rule "Staff" for Staff { allow all } }"#, ""),
    // What stands against the user.
    (
        r#"table bans { rule "Own" for Authenticated { where User is Logged in User allow read, delete } }"#,
        "users can take away what the boundary \"Bans\" asks not to be there",
    ),
    (r#"table bans { rule "Admins" for Admin of Team { allow all } }"#, ""),
    (r#"table bans { rule "Own" for Authenticated { where User is Logged in User allow read, create } }"#, ""),
];

pub(super) const BEYOND: [(&str, &str); 11] = [
    (
        r#"table companies { rule "All" for Authenticated { allow read, update } }"#,
        "users can choose what the rule \"Colleagues\" reads of them",
    ),
    (r#"table companies { rule "All" for Authenticated { allow read, update (name) } }"#, ""),
    (
        r#"table companies { rule "Own" for Clerk { where this record is User's Company allow read, update } }"#,
        "whoever is `Clerk` can choose what the rule \"Colleagues\" reads of them",
    ),
    (r#"table companies { rule "Others" for Authenticated { where this record is not User's Company allow read, update } }"#, ""),
    (r#"table companies { rule "Staff" for Staff { allow all } }"#, ""),
    (r#"table teams { rule "Admins" for Admin of this record { allow read, update (name) } }"#, ""),
    (
        r#"table teams { rule "Admins" for Admin of this record { allow read, update } }"#,
        "whoever is `Admin` can choose what the boundary \"Team\" reads of them",
    ),
    (
        r#"table group_roles { rule "All" for Authenticated { allow read, update (permissions) } }"#,
        "users can make themselves `Manager` or `Writer`",
    ),
    (
        r#"table group_roles { rule "Managers" for Manager of Group { allow read, update (permissions) } }"#,
        "whoever is `Manager` can make themselves `Writer`",
    ),
    (r#"table group_roles { rule "Managers" for Manager of Group { allow read, update (name) } }"#, ""),
    (r#"table group_roles { rule "Writers" for Writer of Group { allow read, update (permissions) } }"#, ""),
];

/// Of groups, memberships count in those beneath.
pub(super) const BENEATH: [(&str, &str); 12] = [
    (
        r#"table groups { rule "All" for Authenticated { allow read, update } }"#,
        "users can put any row of `groups` beneath one in which they have a `Group`",
    ),
    (r#"table groups { rule "All" for Authenticated { allow read, create, update (name) } }"#, ""),
    (r#"table groups { rule "All" for Authenticated { allow read, update (above_id) then Above is empty } }"#, ""),
    // That it ends beneath one's own is what is gained.
    (
        r#"table groups { rule "Any" for Lead in any Group { allow read, update (above_id) then Above is one of User's Group } }"#,
        "whoever is `Lead` can put any row of `groups` beneath one in which they have a `Group`",
    ),
    (
        r#"table groups { rule "Others" for Authenticated { where this record is not one of User's Group allow read, update (above_id) } }"#,
        "users can put any row of `groups` beneath one in which they have a `Group`",
    ),
    (r#"table groups { rule "Founders" for Authenticated { where Owner is Logged in User allow read, update (above_id) } }"#, ""),
    (
        r#"table groups { rule "Founders" for Authenticated { where Above's Owner is Logged in User allow read, update (above_id) } }"#,
        "",
    ),
    (r#"table groups { rule "Staff" for Staff { allow read, update } }"#, ""),
    // Who is in it has another role where they put it.
    (
        r#"table groups { rule "All of it" for Authenticated { where this record is one of User's Group allow read, update (above_id) } }"#,
        "users can make themselves `Elder`, `Helper`, `Lead`, `Manager` or `Writer`",
    ),
    (
        r#"table groups { rule "Managers" for Manager of this record { allow read, update (above_id) } }"#,
        "whoever is `Manager` can make themselves `Writer`",
    ),
    (
        r#"table groups { rule "Managers" for Manager of Above { allow read, update (above_id) } }"#,
        "whoever is `Manager` can make themselves `Writer`",
    ),
    (r#"table groups { rule "Writers" for Writer of this record { allow read, update (above_id) } }"#, ""),
];

pub(super) const CLAIMS: [(&str, &str); 5] = [
    (
        r#"table teams { rule "a" for Authenticated { where Name is Claim "/user_metadata/team" allow read } }"#,
        "whoever holds a token can write what this compares",
    ),
    (
        r#"table teams { rule "a" for Authenticated { where Claim "/user_metadata/teams" contains Name allow read } }"#,
        "whoever holds a token can write what this compares",
    ),
    (
        r#"table teams { rule "a" for Authenticated { where Claim "https://example.com/user_metadata" is empty allow read } }"#,
        "whoever holds a token can write what this compares",
    ),
    (
        r#"table teams { rule "a" for Authenticated { allow read } } boundary "b" on teams { where Name is Claim "/user_metadata/team" }"#,
        "whoever holds a token can write what this compares",
    ),
    (r#"table teams { rule "a" for Authenticated { where Name is Claim "/app_metadata/team" allow read } }"#, ""),
];

/// Whom a row counts for says a condition: the user that it names, or the squad that the user is in.
pub(super) const HOLDERS: [(&str, &str); 9] = [
    (
        r#"table bindings { rule "Own" for Authenticated { where User is Logged in User allow read, create (id, user_id, team_id, rank) } }"#,
        "users can make themselves `Boarder`",
    ),
    (
        r#"table bindings { rule "Own" for Authenticated { where User is Logged in User allow read, create (id, user_id, team_id, rank) when Rank is "guest" } }"#,
        "",
    ),
    // By the squad alone: for all who are in it, and so for themselves.
    (
        r#"table bindings { rule "Squads" for Authenticated { allow read, create (id, squad_id, team_id, rank) } }"#,
        "users can make themselves `Boarder`",
    ),
    (
        r#"table bindings { rule "Squads" for Authenticated { where any Squad's Squad Members where (User is Logged in User) allow read, update (rank) } }"#,
        "users can make themselves `Boarder`",
    ),
    (r#"table bindings { rule "Squads" for Authenticated { allow read, create (id, team_id, rank) } }"#, ""),
    // Who joins a squad has what it has.
    (
        r#"table squad_members { rule "Own" for Authenticated { where User is Logged in User allow read, create } }"#,
        "users can make themselves members of any `squads`",
    ),
    (
        r#"table squad_members { rule "Own" for Authenticated { where User is Logged in User allow read, create when Squad's Owner is Logged in User } }"#,
        "",
    ),
    (r#"table squad_members { rule "Own" for Authenticated { where User is Logged in User allow read, delete } }"#, ""),
    (r#"table squad_members { rule "Staff" for Staff { allow read, create } }"#, ""),
];
