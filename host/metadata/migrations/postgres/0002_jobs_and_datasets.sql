-- Work that outlives a request, and what is known of finished datasets. Their files lie elsewhere.

CREATE TABLE t_job (
    -- Grows with every job, so it is the order in which they came.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('dataset_build', 'dataset_replay')),
    -- A user name; jobs outlive users.
    owner text NOT NULL,
    request json NOT NULL,
    -- A client waits for the answer on the connection of the host that runs the job.
    attended boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    -- Times that it was begun and not given back.
    attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    cancel_requested boolean NOT NULL DEFAULT FALSE,
    -- Who runs it, and until when it is theirs alone.
    lease_holder text,
    lease_expires_at timestamptz,
    devices_done bigint NOT NULL DEFAULT 0 CHECK (devices_done >= 0),
    devices_total bigint NOT NULL DEFAULT 0 CHECK (devices_total >= 0),
    windows_done bigint NOT NULL DEFAULT 0 CHECK (windows_done >= 0),
    result json,
    -- {"code": …, "message": …}
    error json CHECK (json_typeof(error) = 'object'),
    created_at timestamptz NOT NULL,
    -- Of the attempt that runs or ran last.
    started_at timestamptz,
    finished_at timestamptz,
    CHECK ((state = 'running') = (lease_holder IS NOT NULL)),
    CHECK ((state = 'running') = (lease_expires_at IS NOT NULL)),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK ((state = 'failed') = (error IS NOT NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
    -- Nobody else could answer the client, so it never waits for a host.
    CHECK (state <> 'queued' OR attended = FALSE)
);

-- What may be claimed: a few rows beside all that has ended.
CREATE INDEX idx_job_open ON t_job (id) WHERE state IN ('queued', 'running');
CREATE INDEX idx_job_owner ON t_job (owner, id);
CREATE INDEX idx_job_finished ON t_job (finished_at);

CREATE TABLE t_ai_dataset (
    -- Grows with every dataset, so it is the order in which they were finished.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id text NOT NULL UNIQUE,
    model_code text NOT NULL,
    -- A user name; datasets outlive users.
    created_by text NOT NULL,
    -- The job that built it: one job leaves one dataset, however often it was begun. Jobs are forgotten earlier.
    job_id text UNIQUE,
    digest text NOT NULL,
    train_samples bigint NOT NULL CHECK (train_samples >= 0),
    val_samples bigint NOT NULL CHECK (val_samples >= 0),
    feature_count bigint NOT NULL CHECK (feature_count >= 0),
    summary json NOT NULL CHECK (json_typeof(summary) = 'object'),
    created_at timestamptz NOT NULL
);

CREATE INDEX idx_ai_dataset_model ON t_ai_dataset (model_code, id);

-- The last number given to a dataset of each UTC day. Rows are never deleted, so no number is given twice.
CREATE TABLE t_ai_dataset_day (
    -- YYYYMMDD
    utc_date text PRIMARY KEY,
    last_number bigint NOT NULL CHECK (last_number >= 1)
);
