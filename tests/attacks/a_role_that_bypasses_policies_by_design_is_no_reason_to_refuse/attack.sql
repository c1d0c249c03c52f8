-- A service's login has BYPASSRLS and may act as all roles of the application. It is outside of all policies anyway.

--> superuser does
CREATE ROLE {lead};
CREATE ROLE {service} LOGIN BYPASSRLS IN ROLE {app}, {lead};
GRANT ALL ON ALL TABLES IN SCHEMA public TO {service};
INSERT INTO users VALUES (1); INSERT INTO emp (id, name, salary, dept) VALUES (1, 'a', 100, 'sales'), (2, 'b', 200, 'it');

--> deploy

--> service sees
SELECT id FROM public.emp ORDER BY id;
--= 1
--= 2

--> attacker sees
SET app.user_id = '1'; SELECT id, name FROM public.emp ORDER BY id;
--= 1 | a
--= 2 | b

--> attacker is refused 42501
SET app.user_id = '1'; SELECT salary FROM public.emp;
