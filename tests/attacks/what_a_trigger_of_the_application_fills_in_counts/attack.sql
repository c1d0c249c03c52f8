-- The application's own trigger fills in the owner; a step that is asked for before it refuses what the rules allow.

--> superuser does
CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN new.owner_id := coalesce(new.owner_id, nullif(current_setting('app.user_id', true), '')::int); RETURN new; END $$;
CREATE TRIGGER own BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION own();

--> deploy

--> superuser does
INSERT INTO users (id, kind) VALUES (1, 'clerk'), (2, 'boss');

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO notes (id, title) VALUES (1, 'a');

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO notes (id, title, owner_id) VALUES (2, 'a', 2);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO notes (id, title, pinned) VALUES (3, 'a', true);

--> superuser sees
SELECT id, owner_id, pinned FROM notes;
--= 1 | 1 | f
