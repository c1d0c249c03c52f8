-- PostgreSQL asks for no right to a column that the default of a view's column fills in, and everybody may make a temporary view.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');

-- What the table itself puts there is taken, whatever kind of default it is.
--> attacker changes 3
SET app.user_id = '1'; INSERT INTO notes (owner_id, body) VALUES (1, 'a'), (1, 'b'), (1, 'c');

--> attacker changes 2
INSERT INTO notes (owner_id, body) SELECT 1, body FROM notes ORDER BY body DESC LIMIT 2;

--> superuser sees
SELECT id, number, pinned, state, rank, made_at = now() OR made_at > now() - interval '1 minute', token IS NOT NULL FROM notes ORDER BY id;
--= 1 | 1 | f | draft | null | t | t
--= 2 | 2 | f | draft | null | t | t
--= 3 | 3 | f | draft | null | t | t
--= 4 | 4 | f | draft | null | t | t
--= 5 | 5 | f | draft | null | t | t

--> attacker is refused 42501 with "permission denied"
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER pinned SET DEFAULT true; INSERT INTO v (owner_id, body) VALUES (1, 'x');

--> attacker is refused 42501 with "permission denied"
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER state SET DEFAULT 'public'; INSERT INTO v (owner_id, body) VALUES (1, 'x');

--> attacker is refused 42501 with "permission denied"
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER rank SET DEFAULT 1; INSERT INTO v (owner_id, body) VALUES (1, 'x');

--> attacker is refused 42501 with "permission denied"
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER made_at SET DEFAULT '2000-01-01'; INSERT INTO v (owner_id, body) VALUES (1, 'x');

--> attacker is refused 42501 with "permission denied"
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER number SET DEFAULT 6; INSERT INTO v (owner_id, body) VALUES (1, 'x');

--> attacker is refused 42501
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER id SET DEFAULT 77; INSERT INTO v (owner_id, body) OVERRIDING SYSTEM VALUE VALUES (1, 'x');

-- In a session that has drawn nothing yet.
--> attacker/2 is refused 42501
SET app.user_id = '1'; CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER id SET DEFAULT 77; INSERT INTO v (owner_id, body) OVERRIDING SYSTEM VALUE VALUES (1, 'x');

-- What is another each time is made again.
--> attacker changes 1
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER token SET DEFAULT '00000000-0000-0000-0000-000000000000'; INSERT INTO v (owner_id, body) VALUES (1, 'token');

--> attacker does
DROP VIEW v;

--> superuser sees
SELECT token = '00000000-0000-0000-0000-000000000000' FROM notes WHERE body = 'token';
--= f

-- The project's own triggers write what they like.
--> superuser sees
SELECT DISTINCT slug FROM notes WHERE body = 'token';
--= token-1

--> superuser does
CREATE ROLE {office} LOGIN IN ROLE {back};

-- Who may give one of the fields may give no other.
--> office changes 1
SET app.user_id = '1'; INSERT INTO notes (id, owner_id, body, pinned) OVERRIDING SYSTEM VALUE VALUES (500, 1, 'office', true);

--> office is refused 42501
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER rank SET DEFAULT 1; INSERT INTO v (id, owner_id, body) OVERRIDING SYSTEM VALUE VALUES (501, 1, 'x');

--> superuser does
SET app.user_id = '1'; INSERT INTO notes (id, number, owner_id, body, pinned) OVERRIDING SYSTEM VALUE VALUES (1000, 1000, 1, 'restored', true);

-- Without the triggers nobody creates anything.
--> deployer does
ALTER TABLE notes DISABLE TRIGGER "!rowgate_renewed_create_2";

--> attacker is refused 42501
INSERT INTO notes (owner_id, body) VALUES (1, 'x');

--> deployer does
ALTER TABLE notes ENABLE ALWAYS TRIGGER "!rowgate_renewed_create_2"; ALTER TABLE notes DROP COLUMN rank CASCADE;

--> attacker is refused 42501
INSERT INTO notes (owner_id, body) VALUES (1, 'x');
