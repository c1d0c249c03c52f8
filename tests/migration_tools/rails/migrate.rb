# Runs the migrations of a folder as Rails does: `ruby migrate.rb up FOLDER`, `ruby migrate.rb down FOLDER STEPS`. Where the server is, PGHOST, PGUSER and PGDATABASE say.
require "active_record"

way, folder, steps = ARGV
ActiveRecord::Migrator.migrations_paths = [folder]
ActiveRecord::Migration.verbose = false
ActiveRecord::Base.establish_connection(
  adapter: "postgresql", host: ENV["PGHOST"], username: ENV["PGUSER"], database: ENV["PGDATABASE"]
)
pool = ActiveRecord::Base.connection_pool
context = pool.respond_to?(:migration_context) ? pool.migration_context : ActiveRecord::Base.connection.migration_context
way == "up" ? context.migrate : context.rollback(Integer(steps))
