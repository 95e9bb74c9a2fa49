-- What was said of a job, by its attempts' ids: each statement from an index, as an attempt has at most some
-- thousand lines. Every text is read as a BLOB, as in report.sql. A job's lines are ordered by their ids.

-- name: lines
-- The last lines of a job that came after one, or of one attempt of it (:number), from the newest on.
SELECT
    l.id,
    l.attempt_id,
    a.number AS attempt,
    l.at AS at_ms,
    CAST(l.level AS BLOB) AS level,
    CAST(l.message AS BLOB) AS message
FROM job_attempts AS a
CROSS JOIN job_logs AS l INDEXED BY job_logs_of_attempt ON l.attempt_id = a.id AND l.id > :after
WHERE a.job_id = :job_id AND (:number IS NULL OR a.number = :number)
    AND (:levels IS NULL OR l.level IN (SELECT value FROM json_each(:levels)))
ORDER BY a.id DESC, l.id DESC
LIMIT :count

-- name: traceback
-- The last one of an attempt.
SELECT CAST(message AS BLOB) AS message
FROM job_logs INDEXED BY job_logs_of_attempt
WHERE attempt_id = :attempt_id AND instr(message, 'Traceback (most recent call last):') > 0
ORDER BY id DESC
LIMIT 1

-- name: job
-- Whether there is such a job, and whether it has ended, and the last of its processes.
SELECT
    status IN ('completed', 'failed', 'cancelled')
    AND NOT EXISTS (SELECT 1 FROM job_attempts AS a WHERE a.ended_at IS NULL AND a.job_id = jobs.id)
        AS ended
FROM jobs
WHERE id = :job_id

-- name: numbers
-- Which attempts a job has had, and whether they have ended.
SELECT number, ended_at IS NOT NULL AS ended FROM job_attempts WHERE job_id = :job_id ORDER BY id
