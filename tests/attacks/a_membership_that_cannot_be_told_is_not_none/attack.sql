-- Of which teams the user is a member depends on the token. Where it does not say so, "none of mine" would be true of every record.

--> deploy

--> superuser does
INSERT INTO users (id, kind) VALUES (1, 'k'), (2, NULL);
INSERT INTO teams (id, colour, parent_id) VALUES (1, 'Red', NULL), (2, 'Blue', 1), (3, 'Green', NULL);
INSERT INTO members (id, user_id, team_id, kind) VALUES (1, 1, 1, 'k'), (2, 1, 3, 'always'), (3, 2, 1, 'k');
INSERT INTO not_in VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO not_in_club SELECT * FROM not_in; INSERT INTO not_in_home SELECT * FROM not_in; INSERT INTO not_in_area SELECT * FROM not_in;
INSERT INTO not_in_open SELECT * FROM not_in; INSERT INTO not_in_calm SELECT * FROM not_in;
INSERT INTO other_colour (id, colour) VALUES (1, 'red'), (2, 'blue'), (3, 'green');
INSERT INTO without_teams VALUES (1);
INSERT INTO has_none VALUES (1, '{1}'), (2, '{2}'), (3, '{3}'); INSERT INTO has_all VALUES (1, '{1,3}'), (2, '{2}'), (3, '{3}');
INSERT INTO no_other VALUES (1), (2), (3);
INSERT INTO entries (id, no_other_id, team_id) VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);

--> attacker sees
SET request.jwt.claims = '{"sub":"1","kind":"k","season":"k"}';
SELECT 'not_in' AS t, id FROM not_in UNION ALL SELECT 'not_in_club', id FROM not_in_club UNION ALL SELECT 'not_in_home', id FROM not_in_home
UNION ALL SELECT 'not_in_area', id FROM not_in_area UNION ALL SELECT 'not_in_open', id FROM not_in_open UNION ALL SELECT 'not_in_calm', id FROM not_in_calm
UNION ALL SELECT 'other_colour', id FROM other_colour UNION ALL SELECT 'without_teams', id FROM without_teams
UNION ALL SELECT 'has_none', id FROM has_none UNION ALL SELECT 'has_all', id FROM has_all
UNION ALL SELECT 'no_other', id FROM no_other UNION ALL SELECT 'entries', id FROM entries ORDER BY 1, 2;
--= entries | 2
--= has_all | 1
--= has_none | 2
--= no_other | 2
--= not_in | 2
--= not_in_area | 3
--= not_in_calm | 2
--= not_in_club | 2
--= not_in_club | 3
--= not_in_home | 2
--= not_in_home | 3
--= not_in_open | 2
--= not_in_open | 3
--= other_colour | 2

-- Without the claims nobody knows of which teams. What asks the token itself whether it says so is known, and so is what the user's row says.
--> attacker sees
SET request.jwt.claims = '{"sub":"1"}';
SELECT 'not_in' AS t, id FROM not_in UNION ALL SELECT 'not_in_club', id FROM not_in_club UNION ALL SELECT 'not_in_home', id FROM not_in_home
UNION ALL SELECT 'not_in_area', id FROM not_in_area UNION ALL SELECT 'not_in_open', id FROM not_in_open UNION ALL SELECT 'not_in_calm', id FROM not_in_calm
UNION ALL SELECT 'other_colour', id FROM other_colour UNION ALL SELECT 'without_teams', id FROM without_teams
UNION ALL SELECT 'has_none', id FROM has_none UNION ALL SELECT 'has_all', id FROM has_all
UNION ALL SELECT 'no_other', id FROM no_other UNION ALL SELECT 'entries', id FROM entries ORDER BY 1, 2;
--= not_in_home | 2
--= not_in_home | 3
--= not_in_open | 2

--> attacker sees
SET request.jwt.claims = '{"sub":"2","kind":null,"season":null}';
SELECT 'not_in' AS t, id FROM not_in UNION ALL SELECT 'not_in_club', id FROM not_in_club UNION ALL SELECT 'not_in_home', id FROM not_in_home
UNION ALL SELECT 'not_in_area', id FROM not_in_area UNION ALL SELECT 'not_in_open', id FROM not_in_open UNION ALL SELECT 'not_in_calm', id FROM not_in_calm
UNION ALL SELECT 'other_colour', id FROM other_colour UNION ALL SELECT 'without_teams', id FROM without_teams
UNION ALL SELECT 'has_none', id FROM has_none UNION ALL SELECT 'has_all', id FROM has_all
UNION ALL SELECT 'no_other', id FROM no_other UNION ALL SELECT 'entries', id FROM entries ORDER BY 1, 2;
--= not_in_open | 2
--= not_in_open | 3
