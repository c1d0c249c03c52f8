//! Comparisons that say nothing of the record, and labels of rows further out.

use rowgate::diagnostic::Code;

use super::Trap;

const ACHIEVEMENTS: &str = "  achievements: { columns: { id: uuid, user_id: { type: uuid, references: users }, title: text } }\n";
const STAYS: &str = "  channels: { columns: { id: uuid } }
  messages: { columns: { id: uuid, channel_id: { type: uuid, references: channels }, sent_at: timestamptz, kind: text } }
  stays: { columns: { id: uuid, channel_id: { type: uuid, references: channels }, start_time: timestamptz, user_id: { type: uuid, references: users } } }
  replies: { columns: { id: uuid, message_id: { type: uuid, references: messages } } }
";
const TREE: &str = "  branches: { indexes: [parent_id], columns: { id: integer, parent_id: { type: integer, references: branches } } }
  leaves: { indexes: [branch_id], columns: { id: integer, branch_id: { type: integer, references: branches }, stem_id: { type: integer, references: branches } } }
";
const COUNTED: &str = "  counted: { columns: { id: integer, level: level, day: date }, indexes: [id, level, day] }\n";

pub const TRAPS: [Trap; 34] = [
    Trap {
        name: "the user is compared with the session",
        tables: ACHIEVEMENTS,
        roles: "",
        policy: r#"table achievements { rule "a" for Authenticated { where User's Lead equals Logged in User allow create, read } }"#,
        code: Some(Code::UserAlone),
        help: "this record's User's Lead",
    },
    Trap {
        name: "the lead is refused in silence",
        tables: ACHIEVEMENTS,
        roles: "",
        policy: r#"table achievements { rule "a" for Authenticated { where User equals Logged in User or Logged in User is User's Lead allow read } }"#,
        code: Some(Code::UserAlone),
        help: "this record's User's Lead",
    },
    Trap {
        name: "and beside or",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Kind is "x" or Kind is "y" and Sent At is after now # late
            or not Sent At is empty and Kind is "z" allow read } }"#,
        code: Some(Code::Mixed),
        help: r#"Kind is "x" or (Kind is "y" and Sent At is after now) # late
            or (not Sent At is empty and Kind is "z")"#,
    },
    // The edit has no place where lines are folded, so the help says it.
    Trap {
        name: "and beside or, in the configuration on several lines",
        tables: STAYS,
        roles: "  Guest: { membership: Stay, path: user_id.status, equals: guest }
memberships:
  Stay:
    table: stays
    user: user_id
    within: channel_id
    where: >-
      Start Time is empty
      or Channel is not empty and Start Time is after now
",
        policy: r#"table messages { rule "a" for Guest of Channel { allow read } }"#,
        code: Some(Code::Mixed),
        help: "or others: `Start Time is empty or (Channel is not empty and Start Time is after now)`",
    },
    Trap {
        name: "and beside or, inside parentheses",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Channel is empty or not (Kind is "x" and Kind is not empty or Sent At is empty) allow read } }"#,
        code: Some(Code::Mixed),
        help: "(Kind is \"x\" and Kind is not empty) or Sent At is empty",
    },
    Trap {
        name: "and beside or, in the parentheses that are meant",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Channel is empty or (Sent At is between 2 days ago and now and not (Sent At is empty or Kind is "x")) allow read } }"#,
        code: None,
        help: "",
    },
    Trap {
        name: "two columns of the user",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where User's Email is one of ("x", User's Name) allow read } }"#,
        code: Some(Code::UserAlone),
        help: "compare a column of the record, or leave it out",
    },
    Trap {
        name: "the user and a claim are two things",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where User's Email is Claim "email" allow read } }"#,
        code: None,
        help: "",
    },
    Trap {
        name: "a column is compared with itself",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Sent At is at least Sent At allow read } }"#,
        code: Some(Code::WithItself),
        help: "ask whether it `is not empty`",
    },
    Trap {
        name: "an inner column is compared with itself",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where any record of stays where (Channel equals Channel and User equals Logged in User) allow read } }"#,
        code: Some(Code::WithItself),
        help: "this record's Channel",
    },
    Trap {
        name: "an inner column is compared with itself beneath a row with a name",
        tables: STAYS,
        roles: "",
        policy: r#"table channels { rule "a" for Authenticated { where any Messages as Message where (any record of stays where (Channel equals Channel and User equals Logged in User)) allow read } }"#,
        code: Some(Code::WithItself),
        help: "Message's Channel",
    },
    Trap {
        name: "a reference is one of those that begin with it",
        tables: TREE,
        roles: "",
        policy: r#"table leaves { rule "a" for Authenticated { where Branch is Branch or its Parent at any level allow read } }"#,
        code: Some(Code::WithItself),
        help: "compare it with something else",
    },
    Trap {
        name: "those that begin with a reference are none of it",
        tables: TREE,
        roles: "",
        policy: r#"table leaves { rule "a" for Authenticated { where Branch's Parent at any level is not Branch's Parent allow read } }"#,
        code: Some(Code::WithItself),
        help: "compare it with something else",
    },
    Trap {
        name: "those above are compared with another reference",
        tables: TREE,
        roles: "",
        policy: r#"table leaves { rule "a" for Authenticated { where Branch or its Parent at any level is Stem allow read } }"#,
        code: None,
        help: "",
    },
    Trap {
        name: "a range from a value on to itself",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Sent At is not between 2 days ago and Sent At allow read } }"#,
        code: Some(Code::WithItself),
        help: "is not empty",
    },
    Trap {
        name: "a reference is compared with the key that it has",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Channel's Id is Channel allow read } }"#,
        code: Some(Code::WithItself),
        help: "is not empty",
    },
    Trap {
        name: "the user between two values of the user",
        tables: ACHIEVEMENTS,
        roles: "",
        policy: r#"table achievements { rule "a" for Authenticated { where User's Points is between 3 and User's Limit allow read } }"#,
        code: Some(Code::UserAlone),
        help: "this record's User's Points",
    },
    Trap {
        name: "the user between two constants beside the record's own",
        tables: ACHIEVEMENTS,
        roles: "",
        policy: r#"table achievements { rule "a" for Authenticated { where User's Points is between 3 and 5 allow read } }"#,
        code: Some(Code::UserOfSession),
        help: "this record's User's Points",
    },
    Trap {
        name: "the user of a row that is looked at",
        tables: ACHIEVEMENTS,
        roles: "",
        policy: r#"table users { rule "a" for Authenticated { where any record of achievements where (User's Lead is Logged in User) allow read } }"#,
        code: Some(Code::UserAlone),
        help: "`… as Row where (Row's User's Lead …)`",
    },
    Trap {
        name: "the user of a row with a name",
        tables: ACHIEVEMENTS,
        roles: "",
        policy: r#"table users { rule "a" for Authenticated { where any record of achievements as Won where (User's Lead is Logged in User) allow read } }"#,
        code: Some(Code::UserAlone),
        help: "Won's User's Lead",
    },
    Trap {
        name: "a text contains itself",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Kind contains this record's Kind allow read } }"#,
        code: Some(Code::WithItself),
        help: "leave it out",
    },
    Trap {
        name: "a list has what itself has",
        tables: "  messages: { columns: { id: uuid, tags: 'text[]' } }\n",
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Tags has any of this record's Tags allow read } }"#,
        code: Some(Code::WithItself),
        help: "leave it out",
    },
    Trap {
        name: "a text is compared with itself ignoring case",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Kind equals Kind ignoring case allow read } }"#,
        code: Some(Code::WithItself),
        help: "is not empty",
    },
    Trap {
        name: "a claim is compared with itself",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where Claim "a" equals Claim "a" allow read } }"#,
        code: Some(Code::WithItself),
        help: "leave it out",
    },
    Trap {
        name: "a label that only the record has",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where any record of stays where (Start Time is at most Sent At and User equals Logged in User) allow read } }"#,
        code: Some(Code::UnknownColumn),
        help: "this record's Sent At",
    },
    Trap {
        name: "children that only the record has",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where any record of stays where (no Replies and User equals Logged in User) allow read } }"#,
        code: Some(Code::NotARelation),
        help: "this record's Replies",
    },
    Trap {
        name: "a fraction of a whole number",
        tables: COUNTED,
        roles: "",
        policy: r#"table counted { rule "a" for Authenticated { where Id is one of (1, 1.5) allow read } }"#,
        code: Some(Code::LiteralMismatch),
        help: "correct the number",
    },
    Trap {
        name: "a number beyond its type",
        tables: COUNTED,
        roles: "",
        policy: r#"table counted { rule "a" for Authenticated { where Id is at most 99999999999 allow read } }"#,
        code: Some(Code::LiteralMismatch),
        help: "correct the number",
    },
    Trap {
        name: "a fraction that numbers are above of",
        tables: COUNTED,
        roles: "",
        policy: r#"table counted { rule "a" for Authenticated { where Id is greater than 1.5 and Id is not 3.0 allow read } }"#,
        code: None,
        help: "",
    },
    Trap {
        name: "two moments of the clock",
        tables: COUNTED,
        roles: "",
        policy: r#"table counted { rule "a" for Authenticated { where now is after 3 days ago and Id is 1 allow read } }"#,
        code: Some(Code::Incomparable),
        help: "compare a column of the record",
    },
    Trap {
        name: "a list of the token has what a column has",
        tables: COUNTED,
        roles: "",
        policy: r#"table counted { rule "a" for Authenticated { where Claim "ids" contains Id or Claim "levels" contains Level or Claim "days" contains Day allow read } }"#,
        code: None,
        help: "",
    },
    Trap {
        name: "the access to what nobody has any to",
        tables: STAYS,
        roles: "",
        policy: r#"table messages { rule "a" for Authenticated { where can read Channel allow read } }"#,
        code: Some(Code::NeverUsed),
        help: "write a rule for `channels`",
    },
    Trap {
        name: "so many and fewer",
        tables: COUNTED,
        roles: "",
        policy: r#"table counted { rule "a" for Authenticated { where at least 3 record of counted where (Id is 1) and fewer than 2 record of counted where (Id is 1) allow read } }"#,
        code: Some(Code::NeverUsed),
        help: "exclude each other",
    },
    Trap {
        name: "so many and not many more",
        tables: COUNTED,
        roles: "",
        policy: r#"table counted { rule "a" for Authenticated { look up by row where at least 2 record of counted where (Id is 1) and fewer than 3 record of counted where (Id is 1) allow read } }"#,
        code: None,
        help: "",
    },
];
