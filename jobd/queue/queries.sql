-- The statements that jobd itself sends to jobs.db; those of retention stand in prune.sql. The literal
-- `status = '…'` must stand in the text: only then does SQLite use the partial index of that status.

-- name: queue_id
-- Who this queue is.
SELECT queue_id FROM meta;

-- name: candidates
-- The first job of each kind that may start now; the kinds are compared in Python, without a sort.
-- A job waits while one of its target or key runs, and while its own last process may still be there.
-- 1000: a video with more jobs of its own than that does not make every look long. INDEXED BY: whatever
-- ANALYZE finds out, never a sort.
SELECT j.id, j.priority
FROM job_kinds AS k
JOIN jobs AS j ON j.id = (
    SELECT ready.id
    FROM (
        SELECT id, target, unique_key, attempts, max_attempts
        FROM jobs INDEXED BY jobs_ready
        WHERE status = 'queued' AND run_at = 0 AND kind = k.kind
        ORDER BY priority DESC, id
        LIMIT 1000
    ) AS ready
    WHERE ready.attempts < ready.max_attempts
        AND NOT EXISTS (
            SELECT 1 FROM jobs AS r
            WHERE r.status = 'running' AND r.kind = k.kind AND r.target = ready.target)
        AND NOT EXISTS (
            SELECT 1 FROM jobs AS r
            WHERE r.status = 'running' AND r.kind = k.kind
                AND r.unique_key IS NOT NULL AND r.unique_key = ready.unique_key)
        AND NOT EXISTS (
            SELECT 1 FROM job_attempts AS a
            WHERE a.ended_at IS NULL AND a.job_id = ready.id)
    LIMIT 1)
WHERE k.paused = 0
    AND (k.max_running IS NULL OR k.max_running > (
        SELECT count(*) FROM jobs AS r WHERE r.status = 'running' AND r.kind = k.kind));

-- name: is_due
-- Whether the time of a scheduled job has come.
SELECT EXISTS (SELECT 1 FROM jobs WHERE status = 'queued' AND run_at > 0 AND run_at <= :now);

-- name: promote
-- Make due jobs ready: scheduled rows then cost the lease nothing. In steps, so that no writer waits long.
UPDATE jobs
SET run_at = 0
WHERE id IN (
    SELECT id FROM jobs
    WHERE status = 'queued' AND run_at > 0 AND run_at <= :now
    ORDER BY run_at
    LIMIT :step);

-- name: next_due
-- When the next scheduled job may start.
SELECT run_at FROM jobs WHERE status = 'queued' AND run_at > 0 ORDER BY run_at LIMIT 1;

-- name: open_attempt
-- The attempt comes first: its id is the lease.
INSERT INTO job_attempts (job_id, round, number, started_at)
SELECT j.id, j.round,
    1 + coalesce((SELECT number FROM job_attempts WHERE job_id = j.id ORDER BY id DESC LIMIT 1), 0),
    :now
FROM jobs AS j
WHERE j.id = :job_id;

-- name: lease
-- queued → running. The payload as bytes: one that is no text fails in its own attempt, not here.
UPDATE jobs
SET status = 'running',
    attempt_id = :attempt_id,
    attempts = attempts + 1,
    lease_until = :lease_until,
    progress = 0,
    started_at = :now
WHERE id = :job_id AND status = 'queued' AND run_at = 0 AND attempts < max_attempts
RETURNING attempt_id, id, kind, CAST(payload AS BLOB), round, attempts, max_attempts;

-- name: silence_cancellations
-- From here on this attempt speaks for the video: what was cancelled before is not said any more.
DELETE FROM cancellations
WHERE (kind, target) = (SELECT kind, target FROM jobs WHERE id = :job_id);

-- name: silence_others
-- This attempt's word in the video is the true one: rows that were cancelled beside it say nothing.
DELETE FROM cancellations
WHERE (kind, target) = (SELECT kind, target FROM jobs WHERE id = :job_id) AND job_id <> :job_id;

-- name: running
-- What is leased, as leases.
SELECT attempt_id, id, kind, CAST(payload AS BLOB), round, attempts, max_attempts
FROM jobs
WHERE status = 'running';

-- name: leased_attempts
-- The leases alone: an attempt that is not among them has lost its own.
SELECT attempt_id FROM jobs WHERE status = 'running';

-- name: set_pid
-- Which process makes the attempt.
UPDATE job_attempts SET pid = :pid WHERE id = :attempt_id AND ended_at IS NULL RETURNING id;

-- name: renew
-- Still at it.
UPDATE jobs
SET progress = :progress, lease_until = :lease_until
WHERE id = :job_id AND status = 'running' AND attempt_id = :attempt_id
RETURNING id;

-- name: count_queued
-- For a line of status, once a second: counted no further than anybody cares, so that a long queue
-- costs no more than that. Two halves, as each has its index.
SELECT (SELECT count(*) FROM (
        SELECT 1 FROM jobs WHERE status = 'queued' AND run_at = 0 LIMIT :most) AS counted)
    + (SELECT count(*) FROM (
        SELECT 1 FROM jobs WHERE status = 'queued' AND run_at > 0 LIMIT :most) AS counted);

-- name: add_lines
-- What was said of an attempt: [[at, level, message], …]. Its order is that of the ids.
INSERT INTO job_logs (attempt_id, at, level, message)
SELECT :attempt_id, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
FROM json_each(:lines);

-- name: is_idle
-- Nothing waits, runs, or is still to be told to a video.
SELECT NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'queued' AND run_at = 0)
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'queued' AND run_at > 0)
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'running')
    AND NOT EXISTS (SELECT 1 FROM cancellations);

-- name: finish
-- running → completed, failed or cancelled.
UPDATE jobs
SET status = :status,
    attempt_id = NULL,
    lease_until = NULL,
    progress = CASE :status WHEN 'completed' THEN 1.0 ELSE progress END,
    finished_at = :now,
    result = :result,
    error = :error
WHERE id = :job_id AND status = 'running' AND attempt_id = :attempt_id
RETURNING status, error;

-- name: requeue
-- running → queued; where a newer row of its key waits, → cancelled: that row does the work.
WITH rival AS MATERIALIZED (
    SELECT waiting.id
    FROM jobs AS mine
    JOIN jobs AS waiting ON waiting.status = 'queued'
        AND waiting.kind = mine.kind AND waiting.unique_key = mine.unique_key
        AND waiting.unique_key IS NOT NULL
    WHERE mine.id = :job_id
)
UPDATE jobs
SET status = CASE WHEN EXISTS (SELECT 1 FROM rival) THEN 'cancelled' ELSE 'queued' END,
    attempt_id = NULL,
    lease_until = NULL,
    attempts = attempts - :uncounted,
    run_at = :run_at,
    progress = NULL,
    started_at = NULL,
    finished_at = CASE WHEN EXISTS (SELECT 1 FROM rival) THEN :now END,
    error = coalesce((SELECT 'superseded by job ' || id FROM rival), :error)
WHERE id = :job_id AND status = 'running' AND attempt_id = :attempt_id
RETURNING status, error;

-- name: close_attempt
-- The attempt's own record; a second closing changes nothing.
UPDATE job_attempts
SET ended_at = :now,
    outcome = :outcome,
    error = :error,
    error_class = :error_class,
    frames_wanted = :frames_wanted,
    frames_decoded = :frames_decoded,
    frames_concealed = :frames_concealed,
    cpu_s = :cpu_s,
    peak_rss_bytes = :peak_rss_bytes
WHERE id = :attempt_id AND ended_at IS NULL;

-- name: close_abandoned
-- Attempts of a dead daemon whose job was cancelled or deleted before it died.
UPDATE job_attempts
SET ended_at = :now, outcome = 'cancelled', error = 'the daemon died before it could end this attempt'
WHERE ended_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM jobs AS j
        WHERE j.id = job_attempts.job_id AND j.status = 'running' AND j.attempt_id = job_attempts.id);

-- name: next_cancellation
-- The oldest whose own process has ended: it could still write after us.
SELECT c.id, c.job_id, c.kind, CAST(c.payload AS BLOB), c.round, c.attempt_id, c.message
FROM cancellations AS c
WHERE NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = c.job_id)
ORDER BY c.id
LIMIT 1;

-- name: drop_moot
-- Another job of that target is queued or running: its status is the true one. In steps, so that no
-- writer waits long.
DELETE FROM cancellations
WHERE id IN (
    SELECT c.id
    FROM (SELECT id, kind, target FROM cancellations ORDER BY id LIMIT :step) AS c
    WHERE EXISTS (
            SELECT 1 FROM jobs AS j
            WHERE j.status = 'queued' AND j.kind = c.kind AND j.target = c.target AND j.target IS NOT NULL)
        OR EXISTS (
            SELECT 1 FROM jobs AS j WHERE j.status = 'running' AND j.kind = c.kind AND j.target = c.target))
RETURNING id;

-- name: owe
-- A job that fails for good and whose video could not be told: it is told later.
INSERT INTO cancellations (job_id, kind, unique_key, target, payload, round, attempt_id, at, message)
SELECT id, kind, unique_key, target, payload, round, attempt_id, :now, :message
FROM jobs
WHERE id = :job_id AND status = 'running' AND attempt_id = :attempt_id AND target IS NOT NULL;

-- name: postpone_cancellation
-- Behind all others: this video cannot be written now.
UPDATE cancellations SET id = 1 + (SELECT max(id) FROM cancellations) WHERE id = :id;

-- name: close_cancellation
-- The video is told.
DELETE FROM cancellations WHERE id = :id;

-- name: beat
-- The daemon describes itself.
INSERT INTO daemon (id, pid, boot_id, version, started_at, beat_at, concurrency, not_leasing, warning)
VALUES (1, :pid, :boot_id, :version, :started_at, :now, :concurrency, :not_leasing, :warning)
ON CONFLICT DO UPDATE SET
    pid = excluded.pid, boot_id = excluded.boot_id, version = excluded.version,
    started_at = excluded.started_at, beat_at = excluded.beat_at,
    concurrency = excluded.concurrency, not_leasing = excluded.not_leasing, warning = excluded.warning;

-- name: kinds
-- What is registered now.
SELECT kind, required, payload_schema, priority, max_running, supersedes_running
FROM job_kinds
ORDER BY kind;

-- name: register_kind
-- `paused` is a person's and stays.
INSERT INTO job_kinds (kind, required, payload_schema, priority, max_running, supersedes_running)
VALUES (:kind, :required, :payload_schema, :priority, :max_running, :supersedes_running)
ON CONFLICT (kind) DO UPDATE SET
    required = excluded.required, payload_schema = excluded.payload_schema, priority = excluded.priority,
    max_running = excluded.max_running, supersedes_running = excluded.supersedes_running;

-- name: forget_kind
-- A kind without a handler: its rows wait, and no new ones are taken.
DELETE FROM job_kinds WHERE kind = :kind;

-- name: kind_triggers
-- The generated triggers as they stand.
SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'kinds_*' ORDER BY name;

-- name: parts
-- Columns and indexes, each as one word: what every statement here takes for granted.
SELECT 'column ' || t.name || '.' || c.name
FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
WHERE t.type = 'table'
UNION
SELECT 'index ' || name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
ORDER BY 1;

-- name: rules
-- What runs with every write.
SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY name;
