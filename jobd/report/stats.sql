-- What `inspect stats` asks of jobs.db. Every text is read as a BLOB, as in report.sql.

-- name: since_when
-- A queue that is younger than the window has worked for less long.
SELECT created_at FROM meta

-- name: last_attempt
-- The newest.
SELECT max(id) FROM job_attempts

-- name: next_attempt
-- The first from an id on: ids follow time, so that a few of these find where a time begins.
SELECT id, started_at FROM job_attempts WHERE id >= :id ORDER BY id LIMIT 1

-- name: ended_jobs
-- By kind, from the index of ended jobs alone.
SELECT CAST(kind AS BLOB), count(*)
FROM jobs INDEXED BY jobs_finished
WHERE status = :status AND finished_at IS NOT NULL AND finished_at >= :since_ms
    AND (:kind IS NULL OR kind = :kind)
GROUP BY kind

-- name: attempts
-- One pass over the attempts of the window, in the order of their ids; each job by its primary key.
SELECT
    CAST(j.kind AS BLOB),
    a.outcome,
    a.ended_at - a.started_at,
    CASE a.number WHEN 1 THEN a.started_at - j.created_at END,
    a.number,
    coalesce(a.frames_wanted, 0),
    coalesce(a.cpu_s, 0.0),
    CAST(a.error_class AS BLOB),
    substr(CAST(a.error AS BLOB), 1, 1200),
    a.job_id,
    a.ended_at
FROM job_attempts AS a
CROSS JOIN jobs AS j ON j.id = a.job_id
WHERE a.id >= :first AND a.ended_at >= :since_ms AND (:kind IS NULL OR j.kind = :kind)

-- name: video
-- Of one job.
SELECT CAST(CASE WHEN json_valid(payload) THEN json_extract(payload, '$.videoId') END AS BLOB)
FROM jobs
WHERE id = :id

-- name: known
-- Whether there is such a kind.
SELECT CAST(kind AS BLOB) FROM job_kinds ORDER BY kind
