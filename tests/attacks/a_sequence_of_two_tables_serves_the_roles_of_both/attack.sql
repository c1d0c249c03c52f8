-- Each table takes the sequence away from all and gives it to its own: the second would leave the first with rows that nobody can make.

--> superuser does
CREATE ROLE {desk}; CREATE ROLE {clerk} LOGIN IN ROLE {desk};

--> deploy

--> superuser does
INSERT INTO users VALUES (1);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO letters (user_id) VALUES (1);

--> clerk changes 1
INSERT INTO notes (text) VALUES ('a');

--> clerk is refused 42501
INSERT INTO letters (user_id) VALUES (1);

--> clerk is refused 42501
SELECT setval('numbers', 1);

--> superuser sees
SELECT (SELECT id FROM letters), (SELECT id FROM notes);
--= 1 | 2
