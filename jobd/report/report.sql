-- What inspect asks of jobs.db. Every text is read as a BLOB, so that a row whose text is no valid
-- UTF-8 is shown like any other. No statement reads more of the table than it shows.

-- name: queue
-- Which queue this is.
SELECT queue_id FROM meta

-- name: daemon
-- The daemon as it last described itself.
SELECT
    pid,
    CAST(version AS BLOB) AS version,
    started_at AS started_at_ms,
    beat_at AS beat_at_ms,
    concurrency,
    CAST(not_leasing AS BLOB) AS not_leasing,
    CAST(warning AS BLOB) AS warning
FROM daemon

-- name: counts
-- Each count walks one partial index: the words stand in the text because a bound value cannot prove
-- that an index applies.
SELECT
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at = 0) AS at_once,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at > 0) AS dated,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at > 0 AND run_at > :now_ms) AS ahead,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND attempts > 0) AS retrying,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND attempts > 0 AND run_at > :now_ms)
        AS retrying_ahead,
    (SELECT count(*) FROM jobs WHERE status = 'running') AS running,
    (SELECT count(*) FROM jobs WHERE status = 'completed' AND finished_at IS NOT NULL) AS completed,
    (SELECT count(*) FROM jobs WHERE status = 'failed' AND finished_at IS NOT NULL) AS failed,
    (SELECT count(*) FROM jobs WHERE status = 'cancelled' AND finished_at IS NOT NULL) AS cancelled

-- name: jobs
-- The newest of a range of ids, by the primary key; one job is the range from its id to its id.
SELECT
    id,
    CAST(kind AS BLOB) AS kind,
    CAST(payload AS BLOB) AS payload,
    priority,
    run_at AS run_at_ms,
    CAST(unique_key AS BLOB) AS unique_key,
    max_attempts,
    created_at AS created_at_ms,
    status,
    attempts,
    round,
    attempt_id,
    lease_until AS lease_until_ms,
    progress,
    started_at AS started_at_ms,
    finished_at AS finished_at_ms,
    CAST(result AS BLOB) AS result,
    CAST(error AS BLOB) AS error
FROM jobs
WHERE id BETWEEN :first AND :last
ORDER BY id DESC
LIMIT :count

-- name: attempts
-- All attempts of one job, oldest first.
SELECT
    id,
    round,
    number,
    started_at AS started_at_ms,
    ended_at AS ended_at_ms,
    outcome,
    CAST(error AS BLOB) AS error,
    CAST(error_class AS BLOB) AS error_class,
    pid,
    frames_wanted,
    frames_decoded,
    frames_concealed,
    cpu_s,
    peak_rss_bytes
FROM job_attempts
WHERE job_id = :job_id
ORDER BY id
