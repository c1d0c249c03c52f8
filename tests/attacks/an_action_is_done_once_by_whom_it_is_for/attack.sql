-- Somebody joins a team who is not invited, twice, too late, as more than the invitation says, or into another team; or writes what only the action writes.

--> deploy

--> superuser does
INSERT INTO users (id, email) VALUES (1, 'olga@x'), (2, 'adam@x'), (3, 'inga@x'), (4, 'ivan@x'), (5, 'ines@x'); INSERT INTO teams VALUES (1), (2);
INSERT INTO members (id, user_id, team_id, role) VALUES (101, 1, 1, 'owner'), (102, 2, 1, 'admin'), (104, 4, 2, 'owner');

-- Nobody chooses the token, the author, the end or the state.
--> attacker does
SET app.user_id = '2';

--> attacker is refused 42501
INSERT INTO invitations (email, team_id, role, token) VALUES ('inga@x', 1, 'member', '00000000-0000-0000-0000-000000000001');

--> attacker is refused 42501
INSERT INTO invitations (email, team_id, role, expires_at) VALUES ('inga@x', 1, 'member', 'infinity');

--> attacker is refused 42501
INSERT INTO invitations (email, team_id, role, created_by) VALUES ('inga@x', 1, 'owner', 1);

--> attacker is refused 42501
INSERT INTO invitations (email, team_id, role) VALUES ('inga@x', 1, 'owner');

--> attacker is refused 42501
INSERT INTO invitations (email, team_id, role) VALUES ('inga@x', 2, 'member');

--> attacker does
INSERT INTO invitations (email, team_id, role) VALUES ('Inga@X', 1, 'member');

--> attacker does
CREATE TEMP VIEW v AS SELECT * FROM invitations; ALTER VIEW v ALTER token SET DEFAULT '00000000-0000-0000-0000-000000000001';
BEGIN; INSERT INTO v (email, team_id, role) VALUES ('ivan@x', 1, 'member');

--> attacker sees nothing
SELECT token FROM invitations WHERE token = '00000000-0000-0000-0000-000000000001';

--> attacker does
ROLLBACK;

--> attacker sees
SELECT count(*), max(created_by), max(expires_at) BETWEEN now() + interval '47 hours' AND now() + interval '48 hours' FROM invitations;
--= 1 | 2 | t

-- Tokens that are known make the tries below readable.
--> superuser does
UPDATE invitations SET id = 1, token = '00000000-0000-0000-0000-000000000001';
INSERT INTO invitations (id, email, team_id, role, token, created_by, expires_at, status) VALUES
  (2, 'inga@x', 1, 'member', '00000000-0000-0000-0000-000000000002', 2, now() - interval '1 second', 'pending'),
  (3, 'inga@x', 1, 'member', '00000000-0000-0000-0000-000000000003', 2, 'infinity', 'revoked'),
  (4, 'inga@x', 1, 'owner', '00000000-0000-0000-0000-000000000004', 2, 'infinity', 'pending'),
  (5, 'inga@x', 1, 'member', '00000000-0000-0000-0000-000000000005', 3, 'infinity', 'pending'),
  (6, 'inga@x', 1, 'member', '00000000-0000-0000-0000-000000000006', 4, 'infinity', 'pending'),
  (7, 'ines@x', 1, 'admin', '00000000-0000-0000-0000-000000000007', 1, 'infinity', 'pending');

-- Another address, by a token that leaked.
--> attacker is refused 42501
SET app.user_id = '4'; SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> attacker is refused 42501 with "accept_invitation is not possible"
SET app.user_id = '5'; SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> attacker is refused 42501
SET app.user_id = ''; SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> attacker is refused 42501
RESET app.user_id; SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

-- Without the token, with another, with none.
--> attacker does
SET app.user_id = '3';

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000009');

--> attacker is refused 42501
SELECT guard.accept_invitation(NULL);

-- Expired, revoked, to a role that its author may not give, by somebody who never could invite, by the owner of another team.
--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000002');

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000003');

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000004');

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000005');

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000006');

-- The invited do not even see the invitation, so they cannot change what it says, nor make themselves members past it.
--> attacker sees nothing
SELECT id FROM invitations;

--> attacker changes 0
UPDATE invitations SET status = 'accepted';

--> attacker is refused 42501
UPDATE invitations SET role = 'owner';

--> attacker is refused 42501
INSERT INTO members (user_id, team_id, role) VALUES (3, 1, 'member');

--> attacker is refused 42501
INSERT INTO members (user_id, team_id, role, joined_at) VALUES (3, 1, 'owner', now());

-- The function that writes is told who asks: nobody but the one that the application calls may name it. Nor is the acting role for anybody to take.
--> attacker is refused 42501
DO $$ DECLARE named text; BEGIN
  SELECT format('SELECT %s(''00000000-0000-0000-0000-000000000001'', 3, true)', oid::regproc) INTO named FROM pg_proc WHERE proname LIKE 'accept_invitation_%';
  EXECUTE named;
END $$;

--> attacker is refused 42501
SET ROLE {actor};

--> attacker is refused 42501
SET SESSION AUTHORIZATION {actor};

-- While the author is away, the invitation is dead; what the author may give again, counts again.
--> superuser does
DELETE FROM members WHERE id = 102;

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> superuser does
INSERT INTO members (id, user_id, team_id, role) VALUES (102, 2, 1, 'member');

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> superuser does
UPDATE members SET role = 'admin' WHERE id = 102;

-- What goes wrong behind it leaves the invitation as it was.
--> attacker does
BEGIN; SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001'); ROLLBACK;

-- Two at once: the second waits, and finds it used.
--> attacker does
BEGIN; SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> attacker/2 starts and waits
SET app.user_id = '3'; SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> attacker does
COMMIT;

--> attacker/2 ends and is refused 42501

--> attacker is refused 42501
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> superuser sees
SELECT user_id, team_id, role, joined_at > now() + interval '23 hours' FROM members WHERE id < 100;
--= 3 | 1 | member | t

--> superuser sees
SELECT id, status FROM invitations ORDER BY id LIMIT 2;
--= 1 | accepted
--= 2 | pending

-- One is accepted while it is revoked, and one is revoked while it is accepted: the first to write wins.
--> superuser does
DELETE FROM members WHERE id < 100; UPDATE invitations SET status = 'pending' WHERE id = 1;

--> attacker/3 changes 1
SET app.user_id = '2'; BEGIN; UPDATE invitations SET status = 'revoked' WHERE id = 1;

--> attacker starts and waits
SELECT guard.accept_invitation('00000000-0000-0000-0000-000000000001');

--> attacker/3 does
COMMIT;

--> attacker ends and is refused 42501

-- A session that changes who it is within the statement is whoever it was when it called.
--> attacker does
SET app.user_id = '5'; SELECT guard.accept_invitation(token => '00000000-0000-0000-0000-000000000007');

--> superuser sees
SELECT user_id, team_id, role, source FROM members WHERE id < 100;
--= 5 | 1 | admin | invitation

-- What is recorded says who it was, and which role they got.
--> superuser sees
SELECT actor, database_role = '{actor}', login_role = '{attacker}', operation, before ->> 'status' AS was, after ->> 'status' AS is, after ->> 'role' AS role, after ->> 'user_id' AS who
FROM change_log WHERE actor = '5' ORDER BY table_name;
--= 5 | t | t | update | pending | accepted | null | null
--= 5 | t | t | insert | null | null | admin | 5

-- The rules still hold everybody else to their steps and to what they set.
--> attacker changes 1
SET app.user_id = '1'; INSERT INTO members (user_id, team_id, role) VALUES (3, 1, 'member');

--> superuser sees
SELECT joined_at BETWEEN now() - interval '1 hour' AND now() FROM members WHERE user_id = 3;
--= t

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE invitations SET status = 'accepted' WHERE id = 2;

--> attacker is refused 42501
SET app.user_id = '2'; INSERT INTO members (user_id, team_id, role, note) VALUES (4, 1, 'member', 'x');

--> superuser does
DELETE FROM members WHERE user_id = 3;

-- Who is made a member of the acting role could write what only actions write: the next script says so.
--> superuser does
GRANT {actor} TO {attacker};

--> migrate to next.policy fails with "{actor}"

--> superuser does
REVOKE {actor} FROM {attacker}; GRANT DELETE ON members TO {actor};

--> migrate to next.policy fails with "grant DELETE on public.members to {actor} was added"

--> superuser does
REVOKE DELETE ON members FROM {actor}; GRANT UPDATE (role) ON members TO {actor};

--> migrate to next.policy fails with "grant UPDATE on public.members (role) to {actor} was added"

--> superuser does
REVOKE UPDATE (role) ON members FROM {actor}; GRANT SELECT ON users TO {actor};

--> migrate to next.policy fails with "grant SELECT on public.users to {actor} was added"

--> superuser does
REVOKE SELECT ON users FROM {actor};

--> migrate to next.policy

--> attacker is refused 42501
SET app.user_id = '3'; INSERT INTO members (user_id, team_id, role) VALUES (3, 2, 'member');
