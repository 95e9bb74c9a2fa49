-- Since when jobs wait that could start now: for probes and metrics. By kind, so that those of a paused
-- kind can be left out. Could start: as in the daemon's own `candidates`.

-- name: kinds
-- Those that the queue knows, and whether a person lets none of them start.
SELECT CAST(kind AS BLOB) AS kind, paused FROM job_kinds ORDER BY job_kinds.kind

-- name: ready
-- The one that waits longest: since its INSERT, or since its last attempt ended. When a round began after
-- an earlier one's attempts (a retry by hand, another payload) is written nowhere: such a job is left out
-- until its first attempt in that round.
SELECT r.id, min(max(
    coalesce(r.created_at, 0),
    coalesce((SELECT max(a.ended_at) FROM job_attempts AS a WHERE a.job_id = r.id), 0))) AS since_ms
FROM jobs AS r INDEXED BY jobs_ready
WHERE r.status = 'queued' AND r.run_at = 0 AND r.kind = :kind AND r.attempts < r.max_attempts
    AND (r.round = 1
        OR EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.job_id = r.id AND a.round = r.round)
        OR NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.job_id = r.id))
    AND NOT EXISTS (
        SELECT 1 FROM jobs AS o INDEXED BY jobs_running
        WHERE o.status = 'running' AND o.kind = r.kind AND o.target = r.target)
    AND NOT EXISTS (
        SELECT 1 FROM jobs AS o INDEXED BY jobs_running_key
        WHERE o.status = 'running' AND o.kind = r.kind
            AND o.unique_key IS NOT NULL AND o.unique_key = r.unique_key)
    AND NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = r.id)

-- name: due
-- The same of those whose time has come and that the daemon has not promoted yet: since that time.
SELECT r.id, min(r.run_at) AS since_ms
FROM jobs AS r INDEXED BY jobs_scheduled
WHERE r.status = 'queued' AND r.run_at > 0 AND r.run_at <= :now_ms AND r.kind = :kind
    AND r.attempts < r.max_attempts
    AND NOT EXISTS (
        SELECT 1 FROM jobs AS o INDEXED BY jobs_running
        WHERE o.status = 'running' AND o.kind = r.kind AND o.target = r.target)
    AND NOT EXISTS (
        SELECT 1 FROM jobs AS o INDEXED BY jobs_running_key
        WHERE o.status = 'running' AND o.kind = r.kind
            AND o.unique_key IS NOT NULL AND o.unique_key = r.unique_key)
    AND NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = r.id)

-- name: count_waiting
-- How many there are whose time has come, blocked or not; two halves, as each has its index.
SELECT (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at = 0 AND kind = :kind)
    + (SELECT count(*) FROM jobs INDEXED BY jobs_scheduled
        WHERE status = 'queued' AND run_at > 0 AND run_at <= :now_ms AND kind = :kind)

-- name: count_failed
-- Of those that are still there, whatever their kind; from the index of ended jobs alone.
SELECT count(*)
FROM jobs INDEXED BY jobs_finished
WHERE status = 'failed' AND finished_at IS NOT NULL AND finished_at >= :since_ms
