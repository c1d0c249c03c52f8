-- No value is compared of a column that the database computes. An ordinary one that only the schema file calls so would have what the default of a
-- client's view says.

--> deploy fails with "public.notes.long: is not computed by the database"

--> superuser does
ALTER TABLE notes DROP COLUMN long; ALTER TABLE notes ADD COLUMN long boolean GENERATED ALWAYS AS (length(body) > 3) STORED;

--> deploy

--> superuser does
INSERT INTO users VALUES (1);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO notes (owner_id, body) VALUES (1, 'a note');

--> attacker is refused
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER long SET DEFAULT false; INSERT INTO v (owner_id, body) VALUES (1, 'a note');
