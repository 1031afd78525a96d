-- Optional: lets Fettle notice what others change in its metadata, such as an administration tool that writes to the
-- same tables. Run it once Fettle has opened the database, as the owner of the tables:
--
--     psql -d DATABASE -f watch_changes.sql
--
-- Fettle's hosts hold models and fields in caches, and trust them as long as the number in t_metadata_version stays the
-- same. Their own changes count it up; with these triggers, everybody's do, once for each statement that is committed.
-- Whoever writes to these tables then waits for others who do, until those commit. Running this again does no harm.
--
-- To undo it: DROP FUNCTION fettle_count_change() CASCADE;

BEGIN;

CREATE OR REPLACE FUNCTION fettle_count_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE t_metadata_version
    SET version = greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS trg_fettle_count_change ON t_device_type;
CREATE TRIGGER trg_fettle_count_change
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON t_device_type
    FOR EACH STATEMENT EXECUTE FUNCTION fettle_count_change();

DROP TRIGGER IF EXISTS trg_fettle_count_change ON t_device_field;
CREATE TRIGGER trg_fettle_count_change
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON t_device_field
    FOR EACH STATEMENT EXECUTE FUNCTION fettle_count_change();

DROP TRIGGER IF EXISTS trg_fettle_count_change ON t_device;
CREATE TRIGGER trg_fettle_count_change
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON t_device
    FOR EACH STATEMENT EXECUTE FUNCTION fettle_count_change();

DROP TRIGGER IF EXISTS trg_fettle_count_change ON t_device_data_model;
CREATE TRIGGER trg_fettle_count_change
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON t_device_data_model
    FOR EACH STATEMENT EXECUTE FUNCTION fettle_count_change();

DROP TRIGGER IF EXISTS trg_fettle_count_change ON t_model_field_mapping;
CREATE TRIGGER trg_fettle_count_change
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON t_model_field_mapping
    FOR EACH STATEMENT EXECUTE FUNCTION fettle_count_change();

COMMIT;
