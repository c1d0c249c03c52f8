-- A function that runs as a superuser is reached without being called by its name: as the trigger of a table of the client's, with the record that he
-- says; by an operator, although its schema is closed. And one of a member of the role of look-ups reads what these read.

--> superuser does
CREATE FUNCTION taken() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
  'BEGIN DELETE FROM items WHERE id = NEW.id; RETURN NEW; END';

--> deploy fails with "taken"

--> superuser does
REVOKE EXECUTE ON FUNCTION taken() FROM PUBLIC;
CREATE SCHEMA closed;
CREATE FUNCTION closed.items_of(integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS
  'SELECT count(*) FROM items WHERE user_id = $1';

-- A trigger that is there asks nobody for the right to call its function, and nothing else names what is in a closed schema.
--> deploy

--> attacker is refused 42501
CREATE TEMPORARY TABLE mine (id integer); CREATE TRIGGER mine BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION taken();
