-- The right is given after the deployment. Triggers that fire always do not mind.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);
GRANT SET ON PARAMETER session_replication_role TO {attacker};

--> attacker is refused 42501
SET app.user_id = '1'; SET session_replication_role = replica; UPDATE orders SET price = 1;

--> attacker changes 2
SET app.user_id = '1'; SET session_replication_role = replica; UPDATE orders SET status = 'paid';
