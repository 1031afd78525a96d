-- 1000 device types with 100 fields each; 100,000 models, 1 in 100 of them active, 1 in
-- 1000 of the type statistics, each in ten with two fields; 100,000
-- jobs and as many datasets, of a thousand owners and models.

INSERT INTO t_device_type (type_code, type_name, created_at, updated_at)
SELECT 'type' || i, 'Type ' || i, now(), now() FROM generate_series(1, 1000) AS i;

INSERT INTO t_device_field (device_type_id, field_code, field_name, role, data_type, unit, created_at, updated_at)
SELECT t.id, 'f' || i, 'Field ' || i, 'signal', 'float', 'A', now(), now()
FROM t_device_type AS t, generate_series(1, 100) AS i;

INSERT INTO t_device_data_model
    (model_code, model_name, model_type, device_type_id, is_active, created_at, updated_at)
SELECT 'm' || lpad(i::text, 6, '0'), 'Model ' || i,
    CASE WHEN i % 1000 = 0 THEN 'statistics' WHEN i % 2 = 0 THEN 'realtime' ELSE 'ai_analysis' END,
    t.id, i % 100 = 0, now(), now()
FROM generate_series(1, 100000) AS i JOIN t_device_type AS t ON t.type_code = 'type' || (1 + i % 1000);

INSERT INTO t_model_field_mapping (model_id, field_id, position, role)
SELECT m.id, f.id, row_number() OVER (PARTITION BY m.id ORDER BY f.id) - 1, 'signal'
FROM t_device_data_model AS m JOIN t_device_field AS f ON f.device_type_id = m.device_type_id
WHERE m.model_code LIKE '%0' AND f.field_code IN ('f1', 'f2');

INSERT INTO t_device (device_code, device_name, device_type_id, is_active, created_at, updated_at)
SELECT 'd' || lpad(i::text, 6, '0'), 'Device ' || i, t.id, i % 10 <> 0, now(), now()
FROM generate_series(1, 100000) AS i JOIN t_device_type AS t ON t.type_code = 'type' || (1 + i % 1000);

INSERT INTO t_job (job_id, kind, owner, request, attended, state, result, attempts, created_at, finished_at)
SELECT 'job_' || i, 'dataset_build', 'user ' || i % 1000, '{}', FALSE, 'done', '{}', 1, now(), now()
FROM generate_series(1, 100000) AS i;

INSERT INTO t_ai_dataset
    (dataset_id, model_code, created_by, digest, train_samples, val_samples, feature_count, summary, created_at)
SELECT 'ds_' || i, 'user ' || i % 1000, 'user', 'd', 1, 1, 1, '{}', now() FROM generate_series(1, 100000) AS i;

ANALYZE;
