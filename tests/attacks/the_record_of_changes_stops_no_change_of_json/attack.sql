-- Json takes what jsonb does not; a record of changes that turns one into the other makes such rows unchangeable for everybody.

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'); INSERT INTO items (id, owner, title, price) VALUES (1, '{attacker}', 'a', 50);
TRUNCATE change_log;

--> attacker changes 1
INSERT INTO items (id, owner, title, doc) VALUES (2, '{attacker}', 'x', '{"a":"\u0000"}');

--> attacker changes 1
UPDATE items SET title = 'y' WHERE id = 2;

--> attacker changes 1
DELETE FROM items WHERE id = 2;

--> superuser sees
SELECT operation, array_to_string(changed, ',') FROM change_log ORDER BY at;
--= insert | null
--= update | title
--= delete | null
