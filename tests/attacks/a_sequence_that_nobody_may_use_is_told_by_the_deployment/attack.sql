-- D5, P11: a `bigserial` column that the schema file calls a bigint. The first INSERT would fail, long after the deployment.

--> deploy, or it fails with "notes_id_seq"

--> superuser does
INSERT INTO users VALUES (1);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO notes (user_id, text) VALUES (1, 'a');
