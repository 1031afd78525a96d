-- Which queries take the server's time. Run it as a superuser, in the database that is to be looked into:
--
--     psql -d DATABASE -f pg_stat_statements.sql
--
-- The server has to be started with the library:
--
--     shared_preload_libraries = 'pg_stat_statements'      # postgresql.conf, then restart
--
-- Without it the query below says so. Running this again does no harm.

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- The ten slowest, by the time that they took in all. Fettle's connections are the ones with the application_name
-- `fettle` in pg_stat_activity.
SELECT
    calls,
    round(total_exec_time::numeric, 1) AS total_ms,
    round(mean_exec_time::numeric, 3) AS mean_ms,
    round(max_exec_time::numeric, 3) AS max_ms,
    rows,
    round(100.0 * shared_blks_hit / NULLIF(shared_blks_hit + shared_blks_read, 0), 1) AS hit_percent,
    regexp_replace(query, '\s+', ' ', 'g') AS query
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC
LIMIT 10;

-- To begin anew: SELECT pg_stat_statements_reset();
