CREATE TABLE _sqlx_migrations (version integer PRIMARY KEY, description varchar(20));
INSERT INTO _sqlx_migrations VALUES (1, 'theirs');
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('3f2a1b');

CREATE TABLE t_device_type (
    id serial PRIMARY KEY,
    type_code varchar(50) NOT NULL,
    type_name varchar(100) NOT NULL,
    tdengine_stable varchar(64),
    description text,
    created_at timestamp without time zone DEFAULT now(),
    updated_at timestamp without time zone DEFAULT now()
);
CREATE UNIQUE INDEX ix_t_device_type_type_code ON t_device_type (type_code);

CREATE TABLE t_device (
    id bigserial PRIMARY KEY,
    device_code varchar(64) NOT NULL UNIQUE,
    device_name varchar(64),
    serial_no varchar(20),
    device_type_id integer NOT NULL REFERENCES t_device_type (id),
    is_active boolean DEFAULT true,
    installed_on date
);

CREATE TABLE t_device_field (
    id serial PRIMARY KEY,
    device_type_id integer NOT NULL REFERENCES t_device_type (id) ON DELETE CASCADE,
    field_code varchar(50) NOT NULL,
    field_name varchar(100),
    data_type varchar(20) DEFAULT 'FLOAT',
    unit varchar(20),
    sort_order smallint DEFAULT 0,
    created_at timestamp with time zone DEFAULT now()
);
CREATE INDEX idx_device_field_type_code ON t_device_field (device_type_id, field_code);

CREATE TABLE t_device_data_model (
    id serial PRIMARY KEY,
    model_code varchar(50) NOT NULL UNIQUE,
    model_name varchar(100),
    model_type varchar(20) NOT NULL,
    device_type_id integer REFERENCES t_device_type (id),
    selected_fields jsonb DEFAULT '[]',
    version varchar(20) DEFAULT 'v1.0',
    is_active boolean,
    created_by varchar(50),
    created_at timestamp without time zone DEFAULT now(),
    updated_at timestamp without time zone
);

CREATE TABLE t_user (
    id serial PRIMARY KEY,
    username varchar(50) NOT NULL UNIQUE,
    email varchar(120),
    password_hash varchar(255) NOT NULL,
    role varchar(20) DEFAULT 'user',
    is_active boolean DEFAULT true,
    last_login timestamp without time zone,
    created_at timestamp without time zone DEFAULT now()
);

CREATE TABLE t_alarm (
    id bigserial PRIMARY KEY,
    device_id bigint NOT NULL REFERENCES t_device (id) ON DELETE CASCADE,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 4),
    raised_at timestamp without time zone NOT NULL DEFAULT now()
);
CREATE INDEX idx_alarm_device ON t_alarm (device_id, raised_at DESC);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
CREATE TRIGGER touch_model BEFORE UPDATE ON t_device_data_model FOR EACH ROW EXECUTE FUNCTION touch();

INSERT INTO t_device_type (type_code, type_name, tdengine_stable) VALUES
    ('welder', '焊机', 'st_welder'), ('cutter', 'Laser cutter', NULL);
INSERT INTO t_device (device_code, device_name, device_type_id, is_active) VALUES
    ('WLD001', '一号焊机', 1, TRUE), ('WLD002', NULL, 1, NULL), ('CUT001', 'Cutter', 2, FALSE);
INSERT INTO t_device_field (device_type_id, field_code, field_name, data_type, unit, sort_order) VALUES
    (1, 'current', '焊接电流', 'FLOAT', 'A', 1),
    (1, 'voltage', NULL, 'double precision', 'V', 2),
    (1, 'pulses', 'Pulses', 'INT', NULL, 3),
    (1, 'is_ok', 'OK', 'BOOL', NULL, 4),
    (1, 'operator', 'Operator', 'NCHAR(32)', NULL, 5),
    (2, 'power', 'Power', NULL, 'kW', 1);
INSERT INTO t_device_data_model (model_code, model_name, model_type, device_type_id, selected_fields, is_active) VALUES
    ('welding_ai_model', 'AI', 'ai_analysis', 1, '["current", "voltage"]', TRUE),
    ('welding_realtime', NULL, 'realtime', 1, '[]', NULL),
    ('welding_custom', 'Custom', 'custom', 1, '[]', TRUE),
    ('orphan', 'No type', 'realtime', NULL, '[]', TRUE);
INSERT INTO t_user (username, email, password_hash, role, is_active) VALUES
    ('admin', 'admin@example.com', '$2b$12$KIXvEoYwF1fLlq0pQyV5Vu4kQbO2m3lWmLw2x1xk4yU7x7Vq3l0a2', 'admin', TRUE),
    ('左工', NULL, '!', NULL, NULL);
INSERT INTO t_alarm (device_id, level) SELECT 1 + i % 3, 1 + i % 4 FROM generate_series(1, 20) AS i;
