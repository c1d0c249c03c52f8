-- With the new key alone, the trail of a record ends in nothing.

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'); INSERT INTO items (id, owner, title, price) VALUES (1, '{attacker}', 'a', 50);
TRUNCATE change_log;

--> attacker changes 1
UPDATE items SET id = 9 WHERE id = 1;

--> superuser sees
SELECT count(*) FROM change_log AS entry WHERE to_jsonb(entry)::text LIKE '%"id": 1%' AND 'id' = ANY (changed);
--= 1
