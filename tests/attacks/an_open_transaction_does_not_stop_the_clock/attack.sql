-- `now` as the start of the transaction stands still for as long as the client leaves that open.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO posts (id, text, written_at) VALUES (1, 'a', clock_timestamp());
INSERT INTO drafts (id, post_id) VALUES (1, 1);

--> attacker does
BEGIN; SET LOCAL app.user_id = '1';

--> attacker changes 1
UPDATE posts SET text = 'in time';

--> attacker changes 1
UPDATE drafts SET id = id;

--> attacker does
SELECT pg_sleep(2.2);

--> attacker changes 0
UPDATE posts SET text = 'late';

--> attacker changes 0
UPDATE drafts SET id = id;

--> attacker does
COMMIT;

--> superuser sees
SELECT text FROM posts;
--= in time
