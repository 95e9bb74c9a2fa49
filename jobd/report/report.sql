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
-- that an index applies. Of a million that ended, all together are counted in 15 ms, those of one status
-- in 25: the completed ones are what is left of all.
SELECT
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at = 0) AS at_once,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at > 0) AS dated,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at > 0 AND run_at > :now_ms) AS ahead,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND attempts > 0) AS retrying,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND attempts > 0 AND run_at > :now_ms)
        AS retrying_ahead,
    (SELECT count(*) FROM jobs WHERE status = 'running') AS running,
    (SELECT count(*) FROM jobs INDEXED BY jobs_finished WHERE finished_at IS NOT NULL) AS ended,
    (SELECT count(*) FROM jobs WHERE status = 'failed' AND finished_at IS NOT NULL) AS failed,
    (SELECT count(*) FROM jobs WHERE status = 'cancelled' AND finished_at IS NOT NULL) AS cancelled,
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND finished_at IS NOT NULL)
        + (SELECT count(*) FROM jobs WHERE status = 'running' AND finished_at IS NOT NULL) AS not_ended

-- name: paused
-- Kinds of which a person lets none start.
SELECT CAST(kind AS BLOB) AS kind FROM job_kinds WHERE paused = 1 ORDER BY job_kinds.kind

-- name: first_in_line
-- The lowest id among those that may start: of each kind and priority the first entry of the index, from
-- one priority to the next by a seek. None of a paused kind may.
WITH RECURSIVE line (kind, priority) AS (
    SELECT k.kind, (
        SELECT j.priority FROM jobs AS j INDEXED BY jobs_ready
        WHERE j.status = 'queued' AND j.run_at = 0 AND j.kind = k.kind
        ORDER BY j.priority DESC LIMIT 1)
    FROM job_kinds AS k
    WHERE k.paused = 0
    UNION ALL
    SELECT l.kind, (
        SELECT j.priority FROM jobs AS j INDEXED BY jobs_ready
        WHERE j.status = 'queued' AND j.run_at = 0 AND j.kind = l.kind AND j.priority < l.priority
        ORDER BY j.priority DESC LIMIT 1)
    FROM line AS l
    WHERE l.priority IS NOT NULL
)
SELECT min((
    SELECT j.id FROM jobs AS j INDEXED BY jobs_ready
    WHERE j.status = 'queued' AND j.run_at = 0 AND j.kind = l.kind AND j.priority = l.priority
    ORDER BY j.id LIMIT 1)) AS id
FROM line AS l
WHERE l.priority IS NOT NULL

-- name: first_due
-- The same of those whose time has come and that the daemon has not promoted yet.
SELECT min(id) AS id
FROM (
    SELECT id FROM jobs INDEXED BY jobs_scheduled
    WHERE status = 'queued' AND run_at > 0 AND run_at <= :now_ms
        AND NOT EXISTS (SELECT 1 FROM job_kinds AS k WHERE k.kind = jobs.kind AND k.paused = 1)
    ORDER BY run_at LIMIT 1)

-- name: waits
-- Since when a job could have started.
SELECT
    j.id,
    CAST(j.kind AS BLOB) AS kind,
    max(j.created_at, j.run_at, coalesce((
        SELECT max(a.ended_at) FROM job_attempts AS a WHERE a.job_id = j.id), 0)) AS since_ms
FROM jobs AS j
WHERE j.id = :id

-- name: jobs
-- By their ids, a JSON array, in no order.
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
WHERE id IN (SELECT value FROM json_each(:ids))

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

-- name: video_ids
-- Those that begin so, from :first up to :beyond, each by a seek: enough to see whether it is one.
WITH RECURSIVE found (video_id) AS (
    SELECT (SELECT min(video_id) FROM job_videos WHERE video_id >= :first)
    UNION ALL
    SELECT (SELECT min(v.video_id) FROM job_videos AS v WHERE v.video_id > f.video_id)
    FROM found AS f
    WHERE f.video_id < :beyond
    LIMIT :count
)
SELECT CAST(video_id AS BLOB) AS video_id FROM found WHERE video_id < :beyond
