-- Work that outlives a request, and what is known of finished datasets. Their files lie elsewhere.

CREATE TABLE t_job (
    -- Grows with every job, so it is the order in which they came.
    id INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('dataset_build', 'dataset_replay')),
    -- A user name; jobs outlive users.
    owner TEXT NOT NULL,
    request TEXT NOT NULL CHECK (json_valid(request)),
    -- A client waits for the answer on the connection of the host that runs the job.
    attended INTEGER NOT NULL CHECK (attended IN (FALSE, TRUE)),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    -- Times that it was begun and not given back.
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    cancel_requested INTEGER NOT NULL DEFAULT FALSE CHECK (cancel_requested IN (FALSE, TRUE)),
    -- Who runs it, and until when it is theirs alone.
    lease_holder TEXT,
    lease_expires_at TEXT,
    devices_done INTEGER NOT NULL DEFAULT 0 CHECK (devices_done >= 0),
    devices_total INTEGER NOT NULL DEFAULT 0 CHECK (devices_total >= 0),
    windows_done INTEGER NOT NULL DEFAULT 0 CHECK (windows_done >= 0),
    result TEXT CHECK (json_valid(result)),
    -- {"code": …, "message": …}
    error TEXT CHECK (json_type(error) = 'object'),
    created_at TEXT NOT NULL,
    -- Of the attempt that runs or ran last.
    started_at TEXT,
    finished_at TEXT,
    CHECK ((state = 'running') = (lease_holder IS NOT NULL)),
    CHECK ((state = 'running') = (lease_expires_at IS NOT NULL)),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK ((state = 'failed') = (error IS NOT NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
    -- Nobody else could answer the client, so it never waits for a host.
    CHECK (state <> 'queued' OR attended = FALSE)
) STRICT;

-- What may be claimed: a few rows beside all that has ended.
CREATE INDEX idx_job_open ON t_job (id) WHERE state IN ('queued', 'running');
CREATE INDEX idx_job_owner ON t_job (owner);
CREATE INDEX idx_job_finished ON t_job (finished_at);

CREATE TABLE t_ai_dataset (
    -- Grows with every dataset, so it is the order in which they were finished.
    id INTEGER PRIMARY KEY,
    dataset_id TEXT NOT NULL UNIQUE,
    model_code TEXT NOT NULL,
    -- A user name; datasets outlive users.
    created_by TEXT NOT NULL,
    -- The job that built it: one job leaves one dataset, however often it was begun. Jobs are forgotten earlier.
    job_id TEXT UNIQUE,
    digest TEXT NOT NULL,
    train_samples INTEGER NOT NULL CHECK (train_samples >= 0),
    val_samples INTEGER NOT NULL CHECK (val_samples >= 0),
    feature_count INTEGER NOT NULL CHECK (feature_count >= 0),
    summary TEXT NOT NULL CHECK (json_type(summary) = 'object'),
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX idx_ai_dataset_model ON t_ai_dataset (model_code);

-- The last number given to a dataset of each UTC day. Rows are never deleted, so no number is given twice.
CREATE TABLE t_ai_dataset_day (
    -- YYYYMMDD
    utc_date TEXT PRIMARY KEY,
    last_number INTEGER NOT NULL CHECK (last_number >= 1)
) STRICT;
