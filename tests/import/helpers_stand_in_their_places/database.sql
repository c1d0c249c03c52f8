-- Helpers that only look up, in SQL and PL/pgSQL, one behind the other, giving rows, giving a value.
CREATE SCHEMA app;
CREATE FUNCTION app.me() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
CREATE TABLE users (id integer PRIMARY KEY, plan text);
CREATE TABLE teams (id integer PRIMARY KEY, owner_id integer NOT NULL REFERENCES users);
CREATE TABLE members (team_id integer NOT NULL REFERENCES teams, user_id integer NOT NULL REFERENCES users, role text NOT NULL, PRIMARY KEY (team_id, user_id));
CREATE TABLE projects (id integer PRIMARY KEY, team_id integer REFERENCES teams, name text);
CREATE TABLE tasks (id integer PRIMARY KEY, project_id integer NOT NULL REFERENCES projects, title text);
CREATE FUNCTION app.is_member(team integer, wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT EXISTS (SELECT 1 FROM members m WHERE m.team_id = team AND m.user_id = app.me() AND (wanted IS NULL OR m.role = wanted)) $$;
CREATE FUNCTION app.sees_project(project integer) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
  AS $$ BEGIN RETURN EXISTS (SELECT 1 FROM projects p JOIN members m ON m.team_id = p.team_id WHERE p.id = project AND m.user_id = app.me()); END $$;
CREATE FUNCTION app.sees_task(task integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT app.sees_project(t.project_id) FROM tasks t WHERE t.id = task $$;
CREATE FUNCTION app.my_teams() RETURNS SETOF integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT team_id FROM members WHERE user_id = (SELECT app.me()) $$;
CREATE FUNCTION app.team_of(project integer) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  RETURN (SELECT p.team_id FROM public.projects p WHERE p.id = project);
CREATE FUNCTION app.counted(team integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT count(*) > 0 FROM members WHERE team_id = team AND user_id = app.me() $$;
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY "whoever belongs to it" ON teams FOR SELECT USING (app.counted(id));
CREATE POLICY "who made it" ON teams FOR UPDATE USING (owner_id = app.me());
CREATE POLICY "of my teams" ON projects FOR SELECT USING (team_id IN (SELECT app.my_teams()));
CREATE POLICY "of my teams as an array" ON projects FOR UPDATE USING (team_id = ANY (ARRAY(SELECT app.my_teams()))) WITH CHECK (name <> 'secret');
CREATE POLICY "admins delete" ON projects FOR DELETE USING (app.is_member(team_id, 'admin'));
CREATE POLICY "anyone of the team adds" ON projects FOR INSERT WITH CHECK (app.is_member(team_id, NULL));
CREATE POLICY "one behind the other" ON tasks FOR SELECT USING (app.sees_project(project_id));
CREATE POLICY "a value of another row" ON tasks FOR DELETE USING (EXISTS (SELECT FROM members m WHERE m.team_id = app.team_of(tasks.project_id) AND m.user_id = app.me() AND m.role = 'admin'));
GRANT SELECT, INSERT, UPDATE, DELETE ON teams, projects, tasks TO imp_app;
GRANT SELECT ON members TO imp_app;
GRANT USAGE ON SCHEMA app TO imp_app;
