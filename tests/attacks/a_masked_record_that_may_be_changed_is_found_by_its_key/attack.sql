-- With masking, no field was in every read grant, so nobody could say which record to change, although the masking view shows the key of
-- each: only a change of all at once was possible.

--> superuser does
CREATE ROLE {lead}; CREATE ROLE {leader} LOGIN IN ROLE {lead};

--> deploy

--> superuser does
INSERT INTO emp (id, name, salary, dept) VALUES (1, 'A', 1, 'sales'), (2, 'B', 2, 'it'), (3, 'C', 3, 'it');

--> leader sees
SELECT id, salary FROM masked.emp ORDER BY id;
--= 1 | 1
--= 2 | null
--= 3 | null

--> leader changes 1
UPDATE public.emp SET dept = 'x' WHERE id = 2;

--> leader changes 1
DELETE FROM public.emp WHERE id = 3;

--> leader is refused 42501
SELECT salary FROM public.emp;
