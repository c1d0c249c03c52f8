-- A mapper of objects names every column. What no rule lets it write keeps its value, and nothing else is said by naming it.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO notes (id, owner_id, body, pinned, state, rank, made_at, mood, moods, tags) VALUES (1, 1, 'a', NULL, 'draft', NULL, DEFAULT, NULL, NULL, NULL);

--> superuser sees
SELECT id, owner_id, body, pinned, state, rank, made_at IS NOT NULL, slug, mood, moods, tags FROM notes;
--= 1 | 1 | a | f | draft | null | t | a-1 | calm | {} | {}

--> attacker is refused 42501 with "permission denied"
INSERT INTO notes (id, owner_id, body, pinned) VALUES (2, 1, 'a', true);

--> attacker is refused 42501 with "permission denied"
INSERT INTO notes (id, owner_id, body, rank) VALUES (2, 1, 'a', 1);

-- Every column, with its own value.
--> attacker changes 1
UPDATE notes SET id = id, owner_id = owner_id, body = 'q', pinned = pinned, state = 'draft', rank = NULL, made_at = made_at, slug = slug;

--> attacker is refused 42501 with "permission denied"
UPDATE notes SET pinned = true, body = 'r';

--> attacker is refused 42501 with "permission denied"
UPDATE notes SET id = 7;

--> attacker changes 1
INSERT INTO notes (id, owner_id, body, pinned) VALUES (1, 1, 'upsert', false) ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, body = excluded.body, pinned = excluded.pinned;

--> superuser does
UPDATE notes SET pinned = true, state = 'public';

--> attacker is refused 42501 with "permission denied"
INSERT INTO notes (id, owner_id, body, pinned) VALUES (1, 1, 'upsert', false) ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, body = excluded.body, pinned = excluded.pinned;

--> attacker is refused 42501
UPDATE notes SET body = 'x' RETURNING (SELECT set_config('role', 'none', false)), pinned; UPDATE notes SET pinned = false;

-- Whose table says otherwise.
--> attacker is refused 42501 with "permission denied"
INSERT INTO plain (id, owner_id, note) VALUES (1, 1, NULL);

-- Without the trigger nobody changes anything.
--> deployer does
ALTER TABLE notes DISABLE TRIGGER "!rowgate_closed_update";

--> attacker changes 0, or is refused 42501
UPDATE notes SET body = 'x';
