-- What the session says of a time is read in the time zone and in the order of days of the client, and of a day beside a time it is midnight there.
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE things (id bigint PRIMARY KEY, kind text NOT NULL, day date NOT NULL, at timestamp NOT NULL, moment timestamptz NOT NULL, user_id integer REFERENCES users);
INSERT INTO users VALUES (1), (2);
INSERT INTO things SELECT 100 + n, (ARRAY['day, moment', 'day, time', 'day', 'time', 'moment', 'claim', 'time, moment'])[1 + n % 7], '2001-01-01', '2001-01-01 12:30', '2001-01-01 12:30+00', 1 + n % 2 FROM generate_series(1, 21) AS n;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON things TO imp_app;
CREATE FUNCTION told() RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.at', true), '')::timestamp $$;
CREATE POLICY "own" ON things FOR UPDATE USING (user_id = nullif(current_setting('app.user_id', true), '')::integer);
CREATE POLICY "day, moment" ON things FOR SELECT USING (kind = 'day, moment' AND day = nullif(current_setting('app.at', true), '')::timestamptz);
CREATE POLICY "day, time" ON things FOR SELECT USING (kind = 'day, time' AND day = told());
CREATE POLICY "day" ON things FOR SELECT USING (kind = 'day' AND day = nullif(current_setting('app.at', true), '')::date);
CREATE POLICY "time" ON things FOR SELECT USING (kind = 'time' AND at = told());
CREATE POLICY "moment" ON things FOR SELECT USING (kind = 'moment' AND moment <= nullif(current_setting('app.at', true), '')::timestamptz);
CREATE POLICY "time, moment" ON things FOR SELECT USING (kind = 'time, moment' AND at = moment);
CREATE POLICY "own too" ON things FOR SELECT USING (user_id = nullif(current_setting('app.user_id', true), '')::integer AND kind = 'own');
