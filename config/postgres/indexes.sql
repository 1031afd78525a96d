-- The three indexes that the queries for fields, lists of models and active models are served by. For a database of the
-- device monitoring system, with Fettle or without it:
--
--     psql -d DATABASE -f indexes.sql
--
-- Running it again does nothing. The tables stay writable meanwhile (CONCURRENTLY), which is why it must not be run
-- inside a transaction. An index that such a run left unfinished is invalid and in the way of another run; the first
-- query shows it, and DROP INDEX CONCURRENTLY removes it.
--
-- Fettle makes these indexes itself where they are missing. On large tables that are in use, run this before.

SELECT indexrelid::regclass AS invalid_index
FROM pg_index
WHERE NOT indisvalid
    AND indexrelid IN (
        to_regclass('idx_device_field_type_code'),
        to_regclass('idx_data_model_type_status'),
        to_regclass('idx_active_models')
    );

-- The fields of a device type, and one of them by its code.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_device_field_type_code
    ON t_device_field (device_type_id, field_code);

-- The models of a type, active or not.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_data_model_type_status
    ON t_device_data_model (model_type, is_active);

-- The active models by code: small, and in the order of the list.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_active_models
    ON t_device_data_model (model_code) WHERE is_active = TRUE;

-- What the planner knows of the tables.
ANALYZE t_device_field;
ANALYZE t_device_data_model;
