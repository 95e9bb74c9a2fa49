-- What `metrics` asks of jobs.db besides the statements of stats.sql and waiting.sql.

-- name: ready
-- In the order of the index, kind by kind.
SELECT CAST(kind AS BLOB), count(*)
FROM jobs INDEXED BY jobs_ready
WHERE status = 'queued' AND run_at = 0
GROUP BY kind

-- name: ready_again
-- Of these, those with an attempt behind them; they are few.
SELECT CAST(kind AS BLOB), count(*)
FROM jobs INDEXED BY jobs_retrying
WHERE status = 'queued' AND attempts > 0 AND run_at = 0
GROUP BY kind

-- name: dated
-- With a time of their own, and whether that lies ahead.
SELECT CAST(kind AS BLOB), attempts > 0, run_at > :now_ms, count(*)
FROM jobs INDEXED BY jobs_scheduled
WHERE status = 'queued' AND run_at > 0
GROUP BY 1, 2, 3

-- name: running
-- They are few: how many, and the one that has run longest.
SELECT CAST(kind AS BLOB), count(*), min(started_at)
FROM jobs INDEXED BY jobs_running
WHERE status = 'running'
GROUP BY kind

-- name: ended
-- Of one status and kind, from the index alone.
SELECT count(*)
FROM jobs INDEXED BY jobs_finished
WHERE status = :status AND finished_at IS NOT NULL AND kind = :kind

-- name: ids
-- How many were ever made: AUTOINCREMENT never gives an id twice, whatever is deleted.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'jobs'), 0),
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'job_attempts'), 0)

-- name: untold
-- Videos that are still to be told how their job ended.
SELECT count(*) FROM cancellations

-- name: pages
-- Of the file: how many, how many of them hold nothing, and their size in bytes.
SELECT page_count, freelist_count, page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size
