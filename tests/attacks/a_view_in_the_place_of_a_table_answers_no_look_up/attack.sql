-- A function with a text body finds its table by name. A view that somebody puts there, under the old name, would answer for it.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
ALTER TABLE bans RENAME TO bans_of_before;
CREATE VIEW bans AS SELECT * FROM bans_of_before WHERE false; GRANT SELECT ON bans TO rowgate_lookup;

--> attacker sees, or is refused
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1
