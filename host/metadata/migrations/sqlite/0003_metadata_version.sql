-- What caches ask before they trust what they hold, and indexes of lists.

-- One row. Its number grows with every change of the tables below, whoever makes it. It is the time of the change, in
-- microseconds, or the number before and one: so a database that is made anew, or put back to a former state, never has a
-- number that stood for something else before.
CREATE TABLE t_metadata_version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO t_metadata_version (id, version) VALUES (1, CAST(unixepoch('subsec') * 1000000 AS INTEGER));

CREATE TRIGGER trg_device_type_insert AFTER INSERT ON t_device_type
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_type_update AFTER UPDATE ON t_device_type
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_type_delete AFTER DELETE ON t_device_type
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;

CREATE TRIGGER trg_device_field_insert AFTER INSERT ON t_device_field
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_field_update AFTER UPDATE ON t_device_field
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_field_delete AFTER DELETE ON t_device_field
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;

CREATE TRIGGER trg_device_insert AFTER INSERT ON t_device
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_update AFTER UPDATE ON t_device
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_delete AFTER DELETE ON t_device
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;

CREATE TRIGGER trg_device_data_model_insert AFTER INSERT ON t_device_data_model
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_data_model_update AFTER UPDATE ON t_device_data_model
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_device_data_model_delete AFTER DELETE ON t_device_data_model
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;

CREATE TRIGGER trg_model_field_mapping_insert AFTER INSERT ON t_model_field_mapping
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_model_field_mapping_update AFTER UPDATE ON t_model_field_mapping
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;
CREATE TRIGGER trg_model_field_mapping_delete AFTER DELETE ON t_model_field_mapping
BEGIN UPDATE t_metadata_version SET version = MAX(version + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END;

CREATE INDEX idx_device_type ON t_device (device_type_id, device_code);
CREATE INDEX idx_model_mapping_field ON t_model_field_mapping (field_id);
