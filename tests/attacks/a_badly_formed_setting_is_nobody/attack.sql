-- The same where the application sets the identity: in a policy, in a look-up, in a step.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
INSERT INTO notes (id, user_id, text, tag) VALUES (1, 1, 'a', 'b');

--> attacker sees nothing
SET app.user_id = 'x'; SELECT id FROM items;

--> attacker sees nothing
SET app.user_id = 'x'; SELECT id FROM notes;

--> attacker changes 0
SET app.user_id = 'x'; UPDATE notes SET text = 'b';

--> attacker is refused 42501
SET app.user_id = 'x'; INSERT INTO notes (id, user_id) VALUES (2, 1);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1
