-- PostgreSQL asks nobody for a right on the sequence of an identity column.

--> deploy

--> superuser does
INSERT INTO users VALUES (1);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO notes (user_id, text) VALUES (1, 'a');
