-- `AT TIME ZONE` takes an abbreviation before a zone, and the session says what abbreviations mean. `today` must not move.

--> deploy, unless check says "EST"

--> superuser does
INSERT INTO users VALUES (1);
INSERT INTO days (id, day) SELECT n, current_date + n FROM generate_series(-3, 3) n;
INSERT INTO stamps (id, at) SELECT n, now() + make_interval(hours => n) FROM generate_series(-48, 48) n;

--> attacker does
SET app.user_id = '1'; SET timezone_abbreviations = 'Default';
CREATE TEMP TABLE seen AS SELECT 'day' AS kind, id FROM days UNION ALL SELECT 'stamp', id FROM stamps;

--> attacker sees
SELECT kind, count(*) > 0 FROM seen GROUP BY kind ORDER BY kind;
--= day | t
--= stamp | t

--> attacker sees nothing
SET timezone_abbreviations = 'Australia';
(SELECT 'day' AS kind, id FROM days UNION ALL SELECT 'stamp', id FROM stamps) EXCEPT SELECT kind, id FROM seen;

--> attacker sees nothing
SELECT kind, id FROM seen EXCEPT (SELECT 'day' AS kind, id FROM days UNION ALL SELECT 'stamp', id FROM stamps);
