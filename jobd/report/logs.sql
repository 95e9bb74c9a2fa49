-- What was said of a job, by its attempts' ids. Every text is read as a BLOB, as in report.sql.

-- name: tail
-- The last lines of a job, from the newest on.
SELECT
    l.id,
    l.attempt_id,
    a.number AS attempt,
    l.at AS at_ms,
    CAST(l.level AS BLOB) AS level,
    CAST(l.message AS BLOB) AS message
FROM job_attempts AS a
CROSS JOIN job_logs AS l INDEXED BY job_logs_of_attempt ON l.attempt_id = a.id
WHERE a.job_id = :job_id
ORDER BY a.id DESC, l.id DESC
LIMIT :count

-- name: traceback
-- The last one of an attempt.
SELECT CAST(message AS BLOB) AS message
FROM job_logs INDEXED BY job_logs_of_attempt
WHERE attempt_id = :attempt_id AND instr(message, 'Traceback (most recent call last)')
ORDER BY id DESC
LIMIT 1
