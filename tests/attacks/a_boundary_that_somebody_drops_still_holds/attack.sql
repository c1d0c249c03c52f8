-- Whatever policies of ours somebody drops, what is left is inside the boundary.

--> deploy

--> superuser does
INSERT INTO companies VALUES (1), (2); INSERT INTO users (id, kind, company_id) VALUES (1, 'clerk', 1), (2, 'boss', 1);
INSERT INTO orders (id, status, price, secret, company_id) VALUES (1, 'new', 100, false, 1), (2, 'new', 200, false, 2);
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT polname FROM pg_policy WHERE polrelid = 'public.orders'::regclass AND NOT polpermissive LOOP
    EXECUTE format('DROP POLICY %I ON public.orders', name);
  END LOOP;
END $$;

--> attacker sees
SET app.user_id = '1'; SELECT id FROM orders;
--= 1

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE orders SET status = 'x' WHERE company_id = 2;
