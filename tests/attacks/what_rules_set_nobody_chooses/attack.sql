-- Whoever creates or changes a record would choose what the rules set: by naming the field, by the default of a view of their own, for which PostgreSQL asks
-- for no right to the column, in the update of an upsert, in a session that replicates, or where the trigger is off.

--> deploy

--> superuser does
INSERT INTO users (id, company_id) VALUES (1, 7), (2, 8); INSERT INTO items (id, name, owner_id, company_id, made_at) VALUES (1, 'a', 1, 7, '2000-01-01');

--> attacker does
SET app.user_id = '1';

--> attacker is refused 42501
INSERT INTO items (id, name, owner_id) VALUES (2, 'b', 1);

--> attacker is refused 42501
INSERT INTO items (id, name, owner_id) VALUES (2, 'b', DEFAULT);

--> attacker is refused 42501
INSERT INTO items VALUES (2, 8, 2);

--> attacker changes 1
INSERT INTO items (id, name) VALUES (2, 'b');

--> attacker is refused 42501
UPDATE items SET changed_by = 2 WHERE id = 2;

--> attacker is refused 42501
INSERT INTO items (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y', owner_id = excluded.owner_id;

--> attacker changes 1
INSERT INTO items (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y';

--> attacker is refused
COPY items (id, name) FROM STDIN;

--> attacker does
CREATE TEMP VIEW v AS SELECT * FROM items;
ALTER VIEW v ALTER COLUMN owner_id SET DEFAULT 2;
ALTER VIEW v ALTER COLUMN company_id SET DEFAULT 8;
ALTER VIEW v ALTER COLUMN made_at SET DEFAULT '1999-01-01';
INSERT INTO v (id, name) VALUES (3, 'c');

--> superuser sees
SELECT id, name, owner_id, company_id, made_at < now() - interval '1 day', changed_by FROM items ORDER BY id;
--= 1 | y | 1 | 7 | t | 1
--= 2 | b | 1 | 7 | f | null
--= 3 | c | 1 | 7 | f | null

--> attacker is refused 42501
SET app.user_id = '3'; INSERT INTO items (id, name) VALUES (4, 'd');

--> attacker is refused 42501
SET app.user_id = ''; INSERT INTO items (id, name) VALUES (4, 'd');

--> deployer does
ALTER TABLE items DISABLE TRIGGER "!rowgate_fill_create";

--> attacker does
SET app.user_id = '1';

--> attacker is refused 42501
INSERT INTO items (id, name) VALUES (4, 'd');

--> attacker is refused 42501
INSERT INTO v (id, name) VALUES (4, 'd');

--> superuser does
ALTER TABLE items ENABLE ALWAYS TRIGGER "!rowgate_fill_create"; GRANT SET ON PARAMETER session_replication_role TO {attacker};

--> attacker does
SET session_replication_role = replica; INSERT INTO v (id, name) VALUES (5, 'e'); RESET session_replication_role;

--> superuser does
REVOKE SET ON PARAMETER session_replication_role FROM {attacker}; INSERT INTO items (id, name, owner_id) VALUES (6, 'restored', 2);

--> superuser sees
SELECT id, owner_id, company_id FROM items WHERE id > 4 ORDER BY id;
--= 5 | 1 | 7
--= 6 | 2 | null

--> migrate to next.policy

--> attacker changes 1
INSERT INTO items (id, name, owner_id) VALUES (7, 'f', 2);

--> superuser sees
SELECT owner_id, company_id FROM items WHERE id = 7;
--= 2 | null
