-- A schema that nobody may use does not close a function that an operator was made of, which is found by its number.

--> superuser does
CREATE SCHEMA closed;
CREATE FUNCTION closed.items_of(integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS
  'SELECT count(*) FROM items WHERE user_id = $1';
CREATE OPERATOR public.!! (FUNCTION = closed.items_of, RIGHTARG = integer);

--> deploy fails with "items_of"

--> superuser does
REVOKE EXECUTE ON FUNCTION closed.items_of(integer) FROM PUBLIC;

--> deploy

--> attacker is refused 42501
SELECT !! 2;
