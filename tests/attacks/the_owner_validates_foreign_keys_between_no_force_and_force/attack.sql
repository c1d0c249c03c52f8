-- What an owner can do about it works, and leaves the tables as they were.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name) VALUES (1, 1, 'mine'), (2, 2, 'secret');
ALTER TABLE items ADD COLUMN ref integer; UPDATE items SET ref = 999;

--> deployer changes 0
UPDATE items SET ref = NULL;

--> deployer is refused 23503
ALTER TABLE items NO FORCE ROW LEVEL SECURITY; ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE items ADD FOREIGN KEY (ref) REFERENCES users;
ALTER TABLE items FORCE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY;

--> deployer sees nothing
SELECT id FROM items;

--> deployer does
ALTER TABLE items NO FORCE ROW LEVEL SECURITY; UPDATE items SET ref = NULL; ALTER TABLE items FORCE ROW LEVEL SECURITY;

--> superuser sees
SELECT DISTINCT ref FROM items;
--= null
