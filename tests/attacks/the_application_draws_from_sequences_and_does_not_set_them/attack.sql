-- Platforms grant everything on sequences by default. Whoever may set one back makes everybody's INSERT fail.

--> deploy, or it fails with "notes_id_seq"

--> superuser does
INSERT INTO users VALUES (1);

--> attacker is refused 42501
SELECT setval('notes_id_seq', 1);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO notes (user_id, text) VALUES (1, 'a');
