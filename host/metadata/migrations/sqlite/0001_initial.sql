-- Names of the tables that the original plan names (t_…) are kept; so are its three indexes.
-- Times are UTC text with six digits of a second, so that they sort as they stand and read well.

CREATE TABLE t_device_type (
    id INTEGER PRIMARY KEY,
    type_code TEXT NOT NULL UNIQUE,
    type_name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE t_device (
    id INTEGER PRIMARY KEY,
    device_code TEXT NOT NULL UNIQUE,
    device_name TEXT NOT NULL,
    device_type_id INTEGER NOT NULL REFERENCES t_device_type (id),
    is_active INTEGER NOT NULL DEFAULT TRUE CHECK (is_active IN (FALSE, TRUE)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE t_device_field (
    id INTEGER PRIMARY KEY,
    device_type_id INTEGER NOT NULL REFERENCES t_device_type (id),
    field_code TEXT NOT NULL,
    -- The header that the field was imported under.
    field_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('signal', 'label')),
    -- A signal is always 'float'.
    data_type TEXT NOT NULL CHECK (data_type IN ('int', 'float', 'bool', 'text')),
    unit TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK (role = 'label' OR data_type = 'float')
) STRICT;

-- The original's index; it also keeps a code from standing twice in one device type.
CREATE UNIQUE INDEX idx_device_field_type_code ON t_device_field (device_type_id, field_code);

CREATE TABLE t_device_data_model (
    id INTEGER PRIMARY KEY,
    model_code TEXT NOT NULL UNIQUE,
    model_name TEXT NOT NULL,
    model_type TEXT NOT NULL CHECK (model_type IN ('realtime', 'statistics', 'ai_analysis')),
    device_type_id INTEGER NOT NULL REFERENCES t_device_type (id),
    is_active INTEGER NOT NULL DEFAULT TRUE CHECK (is_active IN (FALSE, TRUE)),
    -- One more at every change of the model or of its mappings.
    revision INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
    -- A JSON object of extraction parameters.
    defaults TEXT CHECK (defaults IS NULL OR json_type(defaults) = 'object'),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE INDEX idx_data_model_type_status ON t_device_data_model (model_type, is_active);
CREATE INDEX idx_active_models ON t_device_data_model (model_code) WHERE is_active = TRUE;

CREATE TABLE t_model_field_mapping (
    model_id INTEGER NOT NULL REFERENCES t_device_data_model (id) ON DELETE CASCADE,
    field_id INTEGER NOT NULL REFERENCES t_device_field (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    role TEXT NOT NULL CHECK (role IN ('signal', 'label')),
    -- What the model calls the field; NULL: its code.
    rename TEXT,
    -- Unit of the scaled values; NULL: the field's.
    unit TEXT,
    -- value = stored * scale_factor + scale_offset
    scale_factor REAL NOT NULL DEFAULT 1 CHECK (scale_factor <> 0),
    scale_offset REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (model_id, field_id),
    UNIQUE (model_id, position)
) STRICT;

CREATE TABLE t_user (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    -- argon2id, PHC text.
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'admin')),
    is_active INTEGER NOT NULL DEFAULT TRUE CHECK (is_active IN (FALSE, TRUE)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- A login starts a family of tokens, each traded for the next one once.
CREATE TABLE t_refresh_token (
    -- SHA-256 of the token, hex; the token itself is stored nowhere.
    token_digest TEXT PRIMARY KEY,
    -- The digest of the family's first token.
    family TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES t_user (id) ON DELETE CASCADE,
    issued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    revoked_at TEXT
) STRICT;

CREATE INDEX idx_refresh_token_family ON t_refresh_token (family);
CREATE INDEX idx_refresh_token_user ON t_refresh_token (user_id);
CREATE INDEX idx_refresh_token_expiry ON t_refresh_token (expires_at);
