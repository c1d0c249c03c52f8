-- A restrictive policy for a role that has what another one has: PostgreSQL narrows its sessions and not those of the other.
DO $$ BEGIN
  IF to_regrole('inherits_sub') IS NULL THEN
    CREATE ROLE inherits_base; CREATE ROLE inherits_sub IN ROLE inherits_base;
  END IF;
END $$;
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE items (id bigint PRIMARY KEY, user_id bigint REFERENCES users, n integer NOT NULL);
INSERT INTO users VALUES (1, 'one'), (2, 'two');
INSERT INTO items SELECT n, 1 + n % 2, n FROM generate_series(1, 12) AS n;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON items TO inherits_base USING (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
CREATE POLICY "few" ON items AS RESTRICTIVE TO inherits_sub USING (n < 5);
GRANT SELECT, INSERT, UPDATE, DELETE ON items TO inherits_base;
GRANT SELECT, UPDATE ON items TO inherits_sub;
GRANT SELECT ON users TO inherits_base;
