-- What ON DELETE SET NULL and CASCADE do, they do as the owner of the table; a step that asks them, or a function that they may not call,
-- stops what the rules allow.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO teams VALUES (1), (2), (3);
INSERT INTO orders (id, status, price, team_id) VALUES (1, 'new', 100, 1), (2, 'new', 100, 3);
INSERT INTO plans (id, status, price, team_id) VALUES (1, 'new', 100, 1), (2, 'new', 100, 2);

--> attacker changes 1
SET app.user_id = '1'; DELETE FROM teams WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE teams SET id = 4 WHERE id = 3;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE orders SET team_id = 2;

--> superuser sees
SELECT 'order', id, team_id FROM orders UNION ALL SELECT 'plan', id, team_id FROM plans ORDER BY 1, 2;
--= order | 1 | null
--= order | 2 | 4
--= plan | 2 | 2
