-- What doctor asks of jobs.db. Every text is read as a BLOB, so that one that is no valid UTF-8 comes
-- out like any other. Waiting and running rows are found by the partial indexes of their status; at
-- most 10,000 rows are looked at where an index does not say all.

-- name: kinds
-- What the queue takes, and what a person has paused.
SELECT CAST(kind AS BLOB) AS kind, paused FROM job_kinds ORDER BY kind

-- name: open_attempts
-- Attempts whose process may still be there.
SELECT count(*) AS attempts FROM job_attempts WHERE ended_at IS NULL

-- name: running
-- How many rows run.
SELECT count(*) FROM jobs WHERE status = 'running'

-- name: waiting
-- How many rows of each kind wait.
SELECT CAST(kind AS BLOB) AS kind, count(*) AS jobs
FROM (
    SELECT kind FROM jobs WHERE status = 'queued' AND run_at = 0
    UNION ALL
    SELECT kind FROM (
        SELECT kind FROM jobs WHERE status = 'queued' AND run_at > 0 ORDER BY run_at LIMIT 10000)
)
GROUP BY kind

-- name: left_waiting
-- Rows that might have started long ago: never tried, of a kind that is taken and not paused. A row that
-- was retried or given a new payload keeps its created_at, so only those of round 1 tell.
SELECT count(*) AS jobs, min(created_at) AS oldest_ms
FROM (
    SELECT created_at FROM jobs
    WHERE status = 'queued' AND run_at = 0 AND kind IN (SELECT kind FROM job_kinds WHERE paused = 0)
        AND attempts = 0 AND round = 1
    LIMIT 10000
)
WHERE created_at < :before_ms

-- name: cancellations
-- Videos that were to be told long ago.
SELECT count(*) AS videos, min(at) AS oldest_ms FROM cancellations WHERE at < :before_ms

-- name: open_payloads
-- The newest rows that wait or run: their ids come from three small indexes. "+": sorted after that, not
-- by walking the whole table in the order of its ids.
SELECT id, CAST(payload AS BLOB) AS payload
FROM jobs
WHERE id IN (
    SELECT id FROM (
        SELECT id FROM jobs WHERE status = 'running'
        UNION ALL
        SELECT id FROM jobs WHERE status = 'queued' AND run_at = 0
        UNION ALL
        SELECT id FROM jobs WHERE status = 'queued' AND run_at > 0
    )
    ORDER BY +id DESC
    LIMIT :count)
ORDER BY id DESC

-- name: newest_payloads
-- The newest rows of any status.
SELECT id, CAST(payload AS BLOB) AS payload FROM jobs ORDER BY id DESC LIMIT :count

-- name: auto_vacuum
-- 2: incremental, as the queue was made.
PRAGMA auto_vacuum

-- name: synchronous
-- Of jobd's own connections: 2 is FULL. Each program sets its own, and none can see another's.
PRAGMA synchronous

-- name: quick_check
-- Whether the file's pages hold together; reads all of them.
PRAGMA quick_check(3)
