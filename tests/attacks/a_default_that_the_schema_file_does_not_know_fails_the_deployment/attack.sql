-- The schema file knows no default of the moment, so that who may not give it a value makes it empty; and one that the table does not have.

--> deploy fails with "who may not give it a value could "

--> deployer does
ALTER TABLE sites ALTER made_at DROP DEFAULT;

--> deploy fails with "has no default, and 'draft' in the schema file"

--> deployer does
ALTER TABLE sites ALTER state SET DEFAULT 'draft';

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO sites (id, title) VALUES (1, 'a');

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO sites (id, title, made_at) VALUES (2, 'a', now());

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO sites (id, title, state) VALUES (2, 'a', NULL);
