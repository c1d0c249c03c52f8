//! Who cannot read what they may do something with: rules, and what is said of them.

const NOBODY: &str = "nobody can update these records by this rule, because who holds its roles cannot read them; nobody can delete these records by this rule, because who holds its roles cannot read them";

/// Others are read, or by others.
pub(super) const UNREADABLE: [(&str, &str); 11] = [
    (
        r#"table companies { rule "r" for Authenticated { allow read when Plan is "x" } rule "b" for Boss { allow update (name), delete when Plan is not "x" } }"#,
        NOBODY,
    ),
    (r#"table companies { rule "r" for Auditor { allow read } rule "b" for Boss { allow update (name), delete } }"#, NOBODY),
    (
        r#"table invitations { rule "r" for Owner of Team { allow read } rule "b" for Admin of Team { allow update (email), delete } }"#,
        NOBODY,
    ),
    (
        r#"table companies { rule "r" for Authenticated { where Plan is "x" allow read } rule "b" for Boss { where Plan is "y" allow update (name), delete } }"#,
        NOBODY,
    ),
    // Who is a boss may be a clerk, too: by including it, or since it is told by something else.
    (r#"table companies { rule "r" for Clerk { allow read } rule "b" for Boss { allow update (name), delete } }"#, ""),
    (r#"table companies { rule "r" for Boss { allow read } rule "b" for Clerk { allow update (name), delete } }"#, ""),
    (r#"table companies { rule "r" for Junior { allow read } rule "b" for Boss { allow update (name), delete } }"#, ""),
    (r#"table companies { rule "r" for Staff { allow read } rule "b" for Boss { allow update (name), delete } }"#, ""),
    (
        r#"table invitations { rule "r" for Viewer of Team { allow read } rule "b" for Admin of Team { allow update (email), delete } }"#,
        "",
    ),
    (
        r#"table invitations { rule "r" for Owner in any Team { allow read } rule "b" for Admin of Team { allow update (email), delete } }"#,
        "",
    ),
    // Some of them can be read.
    (
        r#"table companies { rule "r" for Authenticated { allow read when Plan is "x" } rule "b" for Boss { allow update (name), delete when Plan is "x" or Name is "y" } }"#,
        "",
    ),
];

pub(super) const UNNAMED: [(&str, &str); 3] = [
    (
        r#"table invitations { rule "R" for Authenticated { allow read (email) allow read (id) when Email is empty allow delete } }"#,
        "who may delete these records cannot say which: `id` is not readable in all of them",
    ),
    (
        r#"table invitations { rule "R" for Authenticated { allow read (id) allow read (email) when Email is empty allow delete } }"#,
        "",
    ),
    // Together the grants show it in all.
    (
        r#"table invitations { rule "R" for Authenticated { allow read (id, email) when Team is empty allow read (id) when Team is not empty allow delete } }"#,
        "",
    ),
];

pub(super) const RETURNING: [(&str, &str); 41] = [
    (
        r#"table teams { rule "F" for Authenticated { where Owner is Logged in User allow create, read } }
           boundary "B" on teams { where Logged in User is empty or User's Email is not "x" }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { where Owner is Logged in User allow create } rule "M" for Viewer of this record { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { where Owner is Logged in User allow create, read } rule "M" for Viewer of this record { allow read } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Owner is Logged in User allow read when any Members where (User is Logged in User) } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Owner is Logged in User allow read when no Members where (User is not Logged in User) } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is "a" allow read when Name is "b" } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is "a" allow read when Name is one of ("a", "b") } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is one of ("a", "b") allow read when Name is "b" } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Company is empty allow read when Company is not empty } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table teams { rule "F" for Authenticated { allow create allow read when Public is true } }"#, ""),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is "a" allow read when Public is true and Owner is Logged in User } }"#,
        "",
    ),
    (r#"table teams { rule "F" for Authenticated { allow create allow read when sql "public" } }"#, ""),
    (r#"table teams { rule "F" for Authenticated { allow create allow read when User's Active is true } }"#, ""),
    (
        r#"table teams { rule "F" for Authenticated { allow create } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create } rule "B" for Boss { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table teams { rule "F" for Boss { allow create } rule "B" for Clerk { allow read } }"#, ""),
    (
        r#"table teams { rule "F" for Clerk { allow create } rule "B" for Boss { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Staff { allow create } rule "B" for Boss, Clerk { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table teams { rule "F" for Staff { allow create } rule "B" for Authenticated { allow read } }"#, ""),
    (r#"table teams { rule "F" for Anyone { allow create } rule "B" for Authenticated { allow read } }"#, ""),
    (
        r#"table teams { rule "F" for Anyone { allow create } rule "B" for Root { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Root { allow create } rule "B" for Viewer in any Team { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table invitations { rule "A" for Admin of Team { allow create } rule "O" for Owner of Team { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table invitations { rule "A" for Admin of Team { allow create } rule "O" for Viewer of Team { allow read } }"#, ""),
    (
        r#"table invitations { rule "A" for Authenticated { allow create when Team is one of User's Team } rule "O" for Owner of Team { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table invitations { rule "A" for Authenticated { allow create } rule "O" for Owner of Team { allow read } }"#, ""),
    (
        r#"table invitations { rule "A" for Staff { allow create } rule "O" for Owner in any Team { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table group_members { rule "A" for Writer of Group { allow create } rule "O" for Manager of Group { allow read } }"#, ""),
    (
        r#"table group_members { rule "A" for Writer of Group { allow create } rule "O" for Manager in any Group { allow read } }"#,
        "",
    ),
    (
        r#"table members { rule "A" for Authenticated { allow create when can read Team allow read when can update Team } } table teams { rule "T" for Authenticated { allow read, update when Owner is Logged in User } }"#,
        "",
    ),
    (
        r#"table invitations { rule "A" for Authenticated { allow create, read } } boundary "b" on invitations { where Email is User's Email }"#,
        "",
    ),
    // What is set is known of the new record; nobody is signed in and somebody is at once.
    (
        r#"table teams { rule "A" for Authenticated { allow create (name) setting Owner to Logged in User allow read when Owner is Logged in User } }"#,
        "",
    ),
    (
        r#"table teams { rule "A" for Authenticated { allow create (name) setting Owner to Logged in User allow read when Owner is not Logged in User } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table invitations { rule "A" for Authenticated { allow create, read } } boundary "b" on invitations { where Logged in User is empty or Email is User's Email }"#,
        "",
    ),
    // A boundary for reading alone; what is not created is not read, either.
    (
        r#"table invitations { rule "A" for Authenticated { allow create when Email is empty allow read } } boundary "b" on invitations for read { where Email is not empty }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table invitations { rule "A" for Authenticated { allow create, read } } boundary "b" on invitations for create { where Email is empty } boundary "c" on invitations for update { where Email is not empty }"#,
        "",
    ),
    (
        r#"table teams { rule "J" for Junior { allow create } rule "S" for Senior { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table invitations { rule "A" for Authenticated { allow create } rule "O" for Owner of Team's Id { allow read } }"#, ""),
    (r#"table group_members { rule "A" for Lead of Group { allow create } rule "O" for Elder of Group { allow read } }"#, ""),
    (
        r#"table group_members { rule "A" for Lead of Group { allow create } rule "O" for Helper of Group { allow read } }"#,
        "not everybody who creates these records of `group_members` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table invitations { rule "A" for Viewer of Team { allow create } rule "O" for Writer in any Group { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
];
