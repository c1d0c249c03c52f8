-- The rows that are measured, the same in every run: chance is a hash. The big tables are documents, messages and entries, 1,000,000 rows each.
CREATE FUNCTION chance(seed integer, salt integer, below integer) RETURNS integer LANGUAGE sql IMMUTABLE
  RETURN (hashint8(seed::bigint * 1000 + salt) & 2147483647) % below;
SET session_replication_role = replica;
INSERT INTO tenants (id) SELECT generate_series(1, 1000);
INSERT INTO topics (id) SELECT generate_series(1, 2000);
INSERT INTO plans (id, max_entries) VALUES (1, 1000000);
INSERT INTO users (id, auth_id, email, plan_id) SELECT n, md5(n::text)::uuid, 'User' || n || '@Example.com', 1 FROM generate_series(1, 10000) n;
-- Three levels, ten below each.
INSERT INTO teams (id, parent_id) SELECT n, CASE WHEN n > 10 THEN n / 10 END FROM generate_series(1, 1000) n;
INSERT INTO members (id, user_id, team_id, role, rights)
  SELECT (n - 1) * 3 + t, n, chance(n, t, 1000) + 1, (ARRAY['editor', 'member', 'member'])[t], string_to_array((ARRAY['see edit', 'see', ''])[t], ' ')
  FROM generate_series(1, 10000) n, generate_series(1, 3) t;
INSERT INTO posts (id, user_id, team_id, role) SELECT n, n, n % 100 + 1, 'lead' FROM generate_series(1, 10000) n;
INSERT INTO bans (id, user_id, team_id) SELECT n, n % 1000 + 1, chance(n, 4, 1000) + 1 FROM generate_series(1, 100000) n;
INSERT INTO interests (id, user_id, topic_id) SELECT n, (n + 1) / 2, ((n + 1) / 2 * 7 + n) % 2000 + 1 FROM generate_series(1, 20000) n;
INSERT INTO groups (id) SELECT generate_series(1, 1000);
INSERT INTO group_members (id, group_id, user_id) SELECT n, chance(n, 5, 1000) + 1, n % 10000 + 1 FROM generate_series(1, 30000) n;
INSERT INTO projects (id, team_id) SELECT n, chance(n, 6, 1000) + 1 FROM generate_series(1, 100000) n;
INSERT INTO bindings (id, user_id, group_id, project_id, role)
  SELECT n, CASE WHEN n % 2 = 0 THEN chance(n, 7, 10000) + 1 END, CASE WHEN n % 2 = 1 THEN chance(n, 8, 1000) + 1 END, chance(n, 9, 100000) + 1, 'viewer'
  FROM generate_series(1, 200000) n;
INSERT INTO folders (id, project_id) SELECT n, chance(n, 10, 100000) + 1 FROM generate_series(1, 200000) n;
INSERT INTO pages (workspace_id, id, owner_id) SELECT w, p, chance(w * 1000 + p, 11, 10000) + 1 FROM generate_series(1, 1000) w, generate_series(1, 100) p;
INSERT INTO documents (id, owner_id, team_id, project_id, folder_id, tenant_id, workspace_id, page_number, topic_ids, reviewer_ids, email, name, created_at,
    day, needed, amount)
  SELECT n, chance(n, 12, 10000) + 1, team, chance(n, 13, 100000) + 1, chance(n, 14, 200000) + 1, chance(n, 15, 1000) + 1, chance(n, 16, 1000) + 1,
    chance(n, 17, 100) + 1, ARRAY[topic + 1, (topic + 1) % 2000 + 1, chance(n, 18, 2000) + 1], ARRAY[chance(n, 19, 10000) + 1, chance(n, 20, 10000) + 1],
    'USER' || chance(n, 21, 10000) + 1 || '@example.com', team || '/' || n, timestamptz '2026-01-01 00:00Z' + n * interval '10 seconds',
    current_date - n % 1000, n % 3 + 1, n % 1000
  FROM (SELECT n, chance(n, 22, 1000) + 1 AS team, chance(n, 23, 2000) AS topic FROM generate_series(1, 1000000) n) AS drawn;
-- Each document that is shared is shared twice, half of them with the same user.
INSERT INTO shares (id, document_id, user_id)
  SELECT n, chance(n / 2, 24, 1000000) + 1, chance(CASE WHEN n % 4 < 2 THEN n / 2 ELSE n END, 25, 10000) + 1 FROM generate_series(1, 500000) n;
-- And some of them are their owner's.
INSERT INTO shares (id, document_id, user_id) SELECT 500000 + n, id, owner_id FROM (SELECT id, owner_id, row_number() OVER () AS n FROM documents WHERE id % 10 = 0) AS d;
INSERT INTO shares (id, document_id, user_id) SELECT 600000 + n, id, owner_id FROM (SELECT id, owner_id, row_number() OVER () AS n FROM documents WHERE id % 20 = 0) AS d;
INSERT INTO approvals (id, document_id) SELECT n, chance(n, 26, 300000) * 3 + 1 FROM generate_series(1, 600000) n;
INSERT INTO messages (id, channel, sent_at, amount)
  SELECT n, chance(n, 27, 10000) + 1, timestamptz '2026-01-01 00:00Z' + n * interval '10 seconds', n % 1000 FROM generate_series(1, 1000000) n;
-- Ten days each, of 116.
INSERT INTO stays (id, user_id, channel, entered_at, left_at)
  SELECT n, n % 10000 + 1, chance(n, 28, 10000) + 1, at, CASE WHEN n % 5 > 0 THEN at + interval '10 days' END
  FROM (SELECT n, timestamptz '2026-01-01 00:00Z' + chance(n, 29, 100) * interval '1 day' AS at FROM generate_series(1, 300000) n) AS drawn;
INSERT INTO entries (id, owner_id, title, state, note, made_at, amount)
  SELECT n, chance(n, 30, 10000) + 1, 'entry ' || n, CASE WHEN n % 10 = 0 THEN 'closed' ELSE 'open' END, NULL, timestamptz '2026-01-01 00:00Z', n % 1000
  FROM generate_series(1, 1000000) n;
RESET session_replication_role;
-- What superusers write to: no policies, no triggers.
CREATE TABLE plain_entries (LIKE entries INCLUDING ALL);
INSERT INTO plain_entries SELECT * FROM entries;
CREATE INDEX plain_entries_owner_id_idx ON plain_entries (owner_id);
ALTER TABLE plain_entries ADD FOREIGN KEY (owner_id) REFERENCES users;
-- Beside those that `rowgate build --indexes` names: for pages and times, for lists, for texts whose case does not matter, and for the filter by hand.
CREATE INDEX documents_created_at_idx ON documents (created_at);
CREATE INDEX documents_day_idx ON documents (day);
CREATE INDEX documents_topic_ids_idx ON documents USING gin (topic_ids) WITH (fastupdate = off);
CREATE INDEX documents_reviewer_ids_idx ON documents USING gin (reviewer_ids) WITH (fastupdate = off);
CREATE INDEX documents_lower_email_idx ON documents (lower(email));
CREATE INDEX by_hand_name ON documents (split_part(name, '/', 1));
