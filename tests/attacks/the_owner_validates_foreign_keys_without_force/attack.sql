-- The trap: under FORCE the owner sees no row, so a foreign key that the owner adds is "valid" without a look at any, and a back-fill updates
-- nothing. `force_row_security: false` leaves the owner alone; the application is held to the rules as before.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name) VALUES (1, 1, 'mine'), (2, 2, 'secret');
ALTER TABLE items ADD COLUMN ref integer; UPDATE items SET ref = 999;

--> deployer is refused 23503
ALTER TABLE items ADD FOREIGN KEY (ref) REFERENCES users;

--> deployer changes 2
UPDATE items SET ref = NULL;

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1
