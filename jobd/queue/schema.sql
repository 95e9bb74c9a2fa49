-- jobs.db: a durable queue in one SQLite file, and the contract with every program that writes to it.
--
--   queue    INSERT INTO jobs (kind, payload) VALUES ('full_frames', '{"videoId": …}') RETURNING id;
--   replace  INSERT INTO jobs (kind, payload, unique_key) VALUES (?, ?, ?)
--            ON CONFLICT DO UPDATE SET payload = excluded.payload RETURNING id;
--   cancel   UPDATE jobs SET status = 'cancelled' WHERE id = ?;
--   retry    UPDATE jobs SET status = 'queued' WHERE id = ?;
--
-- What cannot be right is refused with a sentence: a constraint's name, or a trigger's. INSERT OR IGNORE
-- skips a row that a constraint refuses, in silence: ON CONFLICT DO NOTHING forgives the unique_key alone.
--
-- All times are Unix milliseconds. Nothing here is newer than SQLite 3.37 (2021): one function that an
-- older library lacks would make every statement of its program fail. What a trigger changes never meets
-- its own condition again: all do the same with PRAGMA recursive_triggers on and off.

PRAGMA auto_vacuum = INCREMENTAL;  -- only possible before the first table
PRAGMA journal_mode = WAL;         -- readers and one writer do not wait for each other

BEGIN IMMEDIATE;

PRAGMA application_id = 1785684580;  -- "jobd" in ASCII: this file is a queue
PRAGMA user_version = 3;

-- One row: which queue this is. Videos remember it beside the attempt that wrote them last.
CREATE TABLE meta (
    id         INTEGER PRIMARY KEY NOT NULL DEFAULT 1 CONSTRAINT "meta has one row" CHECK (id = 1),
    queue_id   TEXT    NOT NULL,
    created_at INTEGER NOT NULL
               DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER))
) STRICT;

INSERT INTO meta (queue_id)  -- a random UUID (version 4)
SELECT substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-'
    || substr('89ab', 1 + (unicode(substr(h, 17, 1)) & 3), 1) || substr(h, 18, 3) || '-' || substr(h, 21)
FROM (SELECT lower(hex(randomblob(16))) AS h);

-- The kinds of job that this jobd runs: written by jobd from its handlers, apart from `paused`.
CREATE TABLE job_kinds (
    kind               TEXT    PRIMARY KEY NOT NULL,
    required           TEXT    NOT NULL,            -- JSON array: the keys that a payload must have
    payload_schema     TEXT    NOT NULL,            -- JSON Schema of the payload
    priority           INTEGER NOT NULL DEFAULT 0,  -- of rows that name none
    max_running        INTEGER,                     -- at once; NULL: as many as there are slots
    supersedes_running INTEGER NOT NULL DEFAULT 0,  -- 1: a newer row of its key cancels a running one
    paused             INTEGER NOT NULL DEFAULT 0   -- 1: none is started until a person sets it to 0
        CONSTRAINT "paused must be 0 or 1" CHECK (paused IN (0, 1))
) STRICT;

CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,  -- never used again; equal priorities go by it

    -- The writer's. NULL in an optional one means its default, which a trigger fills in.
    kind         TEXT    NOT NULL,
    payload      TEXT    NOT NULL,    -- a JSON object
    priority     INTEGER,             -- higher goes first; default: the kind's
    run_at       INTEGER DEFAULT 0,   -- not before this time; 0: at once (set to 0 when its time has come)
    unique_key   TEXT,                -- at most one queued and one running row of a kind have it
    max_attempts INTEGER DEFAULT 3,
    created_at   INTEGER DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)),

    -- jobd's own.
    status       TEXT    NOT NULL DEFAULT 'queued',
    attempts     INTEGER NOT NULL DEFAULT 0,  -- in this round
    round        INTEGER NOT NULL DEFAULT 1,  -- raised by a retry and by a new payload
    attempt_id   INTEGER,                     -- the lease: the row in job_attempts that may change this one
    lease_until  INTEGER,                     -- for people to see; nothing is decided by it
    progress     REAL,                        -- share of the work that is done
    started_at   INTEGER,
    finished_at  INTEGER,
    result       TEXT,
    error        TEXT,                        -- of the last attempt, or why the job was cancelled

    -- What an attempt writes to. STORED, and guarded by json_valid, because SQLite's versions differ in the
    -- JSON they take: were it computed anew to find its index entry, two of them would break the index.
    target       TEXT GENERATED ALWAYS AS
                 (CASE WHEN json_valid(payload) THEN json_extract(payload, '$.dbPath') END) STORED,

    CONSTRAINT "id must be a positive number that JavaScript can hold"
        CHECK (id BETWEEN 1 AND 9007199254740991),
    CONSTRAINT "payload must be at most 65536 bytes"
        CHECK (length(CAST(payload AS BLOB)) <= 65536),
    CONSTRAINT "payload must be a JSON object"
        CHECK (CASE WHEN json_valid(payload) THEN json_type(payload) = 'object' ELSE 0 END),
    CONSTRAINT "priority must be from -1000 to 1000"
        CHECK (priority BETWEEN -1000 AND 1000),
    CONSTRAINT "run_at must be Unix milliseconds: this looks like seconds"
        CHECK (run_at <= 0 OR run_at >= 100000000000),
    CONSTRAINT "run_at must be Unix milliseconds, or 0 for at once"
        CHECK (run_at BETWEEN 0 AND 100000000000000),
    CONSTRAINT "created_at must be Unix milliseconds: this looks like seconds"
        CHECK (created_at <= 0 OR created_at >= 100000000000),
    CONSTRAINT "created_at must be Unix milliseconds"
        CHECK (created_at BETWEEN 0 AND 100000000000000),
    CONSTRAINT "unique_key must have 1 to 500 characters, or be NULL"
        CHECK (length(unique_key) BETWEEN 1 AND 500),
    CONSTRAINT "max_attempts must be from 1 to 1000"
        CHECK (max_attempts BETWEEN 1 AND 1000),
    CONSTRAINT "status must be queued, running, completed, failed or cancelled"
        CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    CONSTRAINT "a running job has an attempt"
        CHECK (status <> 'running' OR attempt_id IS NOT NULL)
) STRICT;

-- The next row of a kind is the first entry here: one seek, however many rows wait or have ended.
CREATE INDEX jobs_ready ON jobs (kind, priority DESC) WHERE status = 'queued' AND run_at = 0;
CREATE INDEX jobs_scheduled ON jobs (run_at) WHERE status = 'queued' AND run_at > 0;

-- The same work is not queued twice, nor run twice at once; a newer row may wait while an older one runs.
CREATE UNIQUE INDEX jobs_queued_key ON jobs (kind, unique_key)
    WHERE status = 'queued' AND unique_key IS NOT NULL;
CREATE UNIQUE INDEX jobs_running_key ON jobs (kind, unique_key)
    WHERE status = 'running' AND unique_key IS NOT NULL;

-- Whatever its key says: no two attempts write the same table of one database at once.
CREATE UNIQUE INDEX jobs_running ON jobs (kind, target) WHERE status = 'running';
CREATE INDEX jobs_queued_target ON jobs (kind, target) WHERE status = 'queued' AND target IS NOT NULL;

-- To be counted, shown by kind, and the ended ones cleared away when they are old, without reading every row.
CREATE INDEX jobs_retrying ON jobs (run_at) WHERE status = 'queued' AND attempts > 0;
CREATE INDEX jobs_finished ON jobs (status, finished_at, kind) WHERE finished_at IS NOT NULL;

-- Which jobs a video has had: a person knows the video. Filled by triggers from the payload's videoId; no
-- column of jobs, for the same reason as `target` is stored.
CREATE TABLE job_videos (
    video_id TEXT    NOT NULL,
    job_id   INTEGER NOT NULL,
    PRIMARY KEY (video_id, job_id)
) STRICT, WITHOUT ROWID;

-- One row for every lease. Its id only grows, so that the larger of two is the newer attempt.
CREATE TABLE job_attempts (
    id               INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    job_id           INTEGER NOT NULL,
    round            INTEGER NOT NULL,
    number           INTEGER NOT NULL,  -- over all rounds of the job
    started_at       INTEGER NOT NULL,
    ended_at         INTEGER,           -- NULL: its process may still be there
    outcome          TEXT,
    error            TEXT,
    error_class      TEXT,
    pid              INTEGER,
    frames_wanted    INTEGER,
    frames_decoded   INTEGER,
    frames_concealed INTEGER,           -- damaged, and made up by the decoder
    cpu_s            REAL,
    peak_rss_bytes   INTEGER,
    CONSTRAINT "outcome must be completed, failed, retry, crashed, handed_back or cancelled"
        CHECK (outcome IN ('completed', 'failed', 'retry', 'crashed', 'handed_back', 'cancelled')),
    CONSTRAINT "an attempt has an outcome when it has ended, and not before"
        CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;

CREATE INDEX job_attempts_of_job ON job_attempts (job_id);
CREATE INDEX job_attempts_open ON job_attempts (job_id) WHERE ended_at IS NULL;

-- What an attempt said.
CREATE TABLE job_logs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    attempt_id INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    level      TEXT    NOT NULL,
    message    TEXT    NOT NULL
) STRICT;

CREATE INDEX job_logs_of_attempt ON job_logs (attempt_id);

-- One row: the daemon as it last described itself. Whether it lives, the lock on jobs.db.lock says.
CREATE TABLE daemon (
    id          INTEGER PRIMARY KEY NOT NULL DEFAULT 1 CONSTRAINT "one daemon per queue" CHECK (id = 1),
    pid         INTEGER NOT NULL,
    boot_id     TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    started_at  INTEGER NOT NULL,
    beat_at     INTEGER NOT NULL,
    concurrency INTEGER NOT NULL,
    not_leasing TEXT,             -- why it starts no job now; NULL: it does
    warning     TEXT              -- what a person should mend; NULL: nothing
) STRICT;

-- Cancelled jobs whose video has not been told. The daemon writes "Cancelled" there and deletes the row.
CREATE TABLE cancellations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    job_id     INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    unique_key TEXT,
    target     TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    round      INTEGER NOT NULL,
    attempt_id INTEGER NOT NULL,  -- the newest of all at that time: later ones have the last word
    at         INTEGER NOT NULL,
    message    TEXT    NOT NULL DEFAULT 'Cancelled'  -- another where a failed attempt could not tell
) STRICT;

CREATE INDEX cancellations_of_target ON cancellations (kind, target);
CREATE INDEX cancellations_of_key ON cancellations (kind, unique_key) WHERE unique_key IS NOT NULL;

-- Of two statements that both claim to queue a job anew, the daemon's own is the one that also clears
-- attempt_id; of two that end it, the same. No other program has a reason to name that column.
CREATE TRIGGER jobs_transition BEFORE UPDATE OF status ON jobs
WHEN NEW.status IS NOT OLD.status
BEGIN
    SELECT CASE
        WHEN OLD.status = 'queued' AND NEW.status = 'running' AND NEW.attempt_id IS NOT NULL THEN 'leased'
        WHEN OLD.status = 'running' AND NEW.status <> 'running' AND NEW.attempt_id IS NULL THEN 'settled'
        WHEN OLD.status IN ('queued', 'running') AND NEW.status = 'cancelled' THEN 'cancelled'
        WHEN NEW.status = 'cancelled' THEN 'ended already: see jobs_cancel_ended'
        WHEN NEW.status = 'queued' AND OLD.status = 'running'
            THEN RAISE(ABORT, 'job is running: cancel it first')
        WHEN NEW.status = 'queued' AND EXISTS (
            SELECT 1 FROM jobs AS other
            WHERE other.status = 'queued' AND other.kind = NEW.kind AND other.unique_key = NEW.unique_key)
            THEN RAISE(ABORT, 'a newer job of this unique_key waits already: cancel that one first')
        WHEN NEW.status = 'queued' THEN 'retried'
        ELSE RAISE(ABORT, 'only jobd sets status to that: a writer may set queued (retry) or cancelled')
    END;
END;

-- Cancelling what has ended changes nothing and is no error: it may have ended a moment ago.
CREATE TRIGGER jobs_cancel_ended BEFORE UPDATE OF status ON jobs
WHEN NEW.status = 'cancelled' AND OLD.status IN ('completed', 'failed', 'cancelled')
BEGIN
    SELECT RAISE(IGNORE);
END;

-- The lease ends with it: the daemon sees that, and kills the attempt's process.
CREATE TRIGGER jobs_cancelled AFTER UPDATE OF status ON jobs
WHEN NEW.status = 'cancelled' AND OLD.status IN ('queued', 'running') AND NEW.attempt_id IS OLD.attempt_id
BEGIN
    UPDATE jobs
    SET attempt_id = NULL,
        lease_until = NULL,
        finished_at = CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER),
        error = CASE WHEN NEW.error IS OLD.error THEN 'Cancelled' ELSE NEW.error END
    WHERE id = NEW.id;
    INSERT INTO cancellations (job_id, kind, unique_key, target, payload, round, attempt_id, at)
    SELECT OLD.id, OLD.kind, OLD.unique_key, OLD.target, OLD.payload, OLD.round,
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'job_attempts'), 0),
        CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
    WHERE OLD.target IS NOT NULL;
END;

CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs
WHEN OLD.status IN ('queued', 'running') AND OLD.target IS NOT NULL
BEGIN
    INSERT INTO cancellations (job_id, kind, unique_key, target, payload, round, attempt_id, at)
    VALUES (OLD.id, OLD.kind, OLD.unique_key, OLD.target, OLD.payload, OLD.round,
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'job_attempts'), 0),
        CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER));
END;

-- A retry is a new round: all attempts again, at once unless the statement says when.
CREATE TRIGGER jobs_retried AFTER UPDATE OF status ON jobs
WHEN NEW.status = 'queued' AND OLD.status IN ('completed', 'failed', 'cancelled')
BEGIN
    UPDATE jobs
    SET round = OLD.round + 1,
        attempts = 0,
        run_at = CASE WHEN NEW.run_at IS OLD.run_at THEN 0 ELSE coalesce(NEW.run_at, 0) END,
        progress = NULL,
        started_at = NULL,
        finished_at = NULL,
        result = NULL,
        error = NULL
    WHERE id = NEW.id;
END;

-- A new payload is new work: a new round, without the wait after an attempt with the old one. A time that
-- the writer chose stays.
CREATE TRIGGER jobs_payload_changed AFTER UPDATE OF payload ON jobs
WHEN NEW.payload IS NOT OLD.payload AND OLD.status = 'queued' AND NEW.status = 'queued'
BEGIN
    UPDATE jobs
    SET round = OLD.round + 1,
        attempts = 0,
        run_at = CASE WHEN OLD.attempts > 0 AND NEW.run_at IS OLD.run_at
            THEN 0 ELSE coalesce(NEW.run_at, 0) END,
        progress = NULL,
        result = NULL,
        error = NULL
    WHERE id = NEW.id;
    UPDATE jobs
    SET status = 'cancelled', error = 'superseded by job ' || NEW.id
    WHERE status = 'running' AND kind = NEW.kind AND unique_key = NEW.unique_key
        AND (SELECT supersedes_running FROM job_kinds WHERE kind = NEW.kind);
END;

-- Attempts, logs and videos know a job by its id, and what it writes by its kind.
CREATE TRIGGER jobs_identity BEFORE UPDATE OF id, kind ON jobs
WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind
BEGIN
    SELECT RAISE(ABORT, 'id and kind never change: cancel this job and queue another');
END;

-- The attempt works on what it was given, and has told the video which attempt is its last.
CREATE TRIGGER jobs_running_is_fixed BEFORE UPDATE OF payload, unique_key, max_attempts ON jobs
WHEN OLD.status = 'running' AND (NEW.payload IS NOT OLD.payload
    OR NEW.unique_key IS NOT OLD.unique_key OR NEW.max_attempts IS NOT OLD.max_attempts)
BEGIN
    SELECT RAISE(ABORT, 'job is running: payload, unique_key and max_attempts are fixed, cancel it first');
END;

-- It would wait for ever.
CREATE TRIGGER jobs_attempts_left BEFORE UPDATE OF max_attempts ON jobs
WHEN OLD.status = 'queued' AND NEW.max_attempts <= OLD.attempts
BEGIN
    SELECT RAISE(ABORT, 'max_attempts must be more than the attempts made: cancel the job instead');
END;

-- The checks of an INSERT come AFTER it: by then the constraints have spoken, in their order.
CREATE TRIGGER jobs_new_is_queued AFTER INSERT ON jobs
WHEN NEW.status <> 'queued' OR NEW.attempts <> 0 OR NEW.round <> 1
    OR coalesce(NEW.attempt_id, NEW.lease_until, NEW.progress, NEW.started_at, NEW.finished_at,
        NEW.result, NEW.error) IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'status and the columns after it are jobd''s own: leave them out of an INSERT');
END;

-- A new row with an old id would pass for work that is done. (sqlite_sequence is written after this.)
CREATE TRIGGER jobs_new_id AFTER INSERT ON jobs
WHEN NEW.id <= (SELECT seq FROM sqlite_sequence WHERE name = 'jobs')
BEGIN
    SELECT RAISE(ABORT, 'an id is never used again: leave it out');
END;

-- NOT NULL instead would lose the row of an INSERT OR IGNORE, and a default cannot ask job_kinds.
CREATE TRIGGER jobs_defaults_inserted AFTER INSERT ON jobs
WHEN NEW.priority IS NULL OR NEW.run_at IS NULL OR NEW.max_attempts IS NULL OR NEW.created_at IS NULL
BEGIN
    UPDATE jobs
    SET priority = coalesce(NEW.priority, (SELECT priority FROM job_kinds WHERE kind = NEW.kind), 0),
        run_at = coalesce(NEW.run_at, 0),
        max_attempts = coalesce(NEW.max_attempts, 3),
        created_at = coalesce(NEW.created_at,
            CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER))
    WHERE id = NEW.id;
END;

CREATE TRIGGER jobs_defaults_updated AFTER UPDATE OF priority, run_at, max_attempts, created_at ON jobs
WHEN NEW.priority IS NULL OR NEW.run_at IS NULL OR NEW.max_attempts IS NULL OR NEW.created_at IS NULL
BEGIN
    UPDATE jobs
    SET priority = coalesce(NEW.priority, (SELECT priority FROM job_kinds WHERE kind = NEW.kind), 0),
        run_at = coalesce(NEW.run_at, 0),
        max_attempts = coalesce(NEW.max_attempts, 3),
        created_at = coalesce(NEW.created_at, OLD.created_at)
    WHERE id = NEW.id;
END;

-- A row that takes the place of an older one of its key speaks for it: nothing is said about the older.
-- (INSERT OR REPLACE fires jobs_deleted with recursive_triggers on, and does not with it off.)
CREATE TRIGGER jobs_replaced AFTER INSERT ON jobs
WHEN NEW.unique_key IS NOT NULL
BEGIN
    DELETE FROM cancellations WHERE kind = NEW.kind AND unique_key = NEW.unique_key;
    UPDATE jobs
    SET status = 'cancelled', error = 'superseded by job ' || NEW.id
    WHERE status = 'running' AND kind = NEW.kind AND unique_key = NEW.unique_key
        AND (SELECT supersedes_running FROM job_kinds WHERE kind = NEW.kind);
END;

-- A video's jobs are found by its id (job_videos).
CREATE TRIGGER jobs_video_named AFTER INSERT ON jobs
WHEN json_type(NEW.payload, '$.videoId') = 'text'
BEGIN
    INSERT OR IGNORE INTO job_videos (video_id, job_id)
    VALUES (json_extract(NEW.payload, '$.videoId'), NEW.id);
END;

CREATE TRIGGER jobs_video_changed AFTER UPDATE OF payload ON jobs
WHEN NEW.payload IS NOT OLD.payload
BEGIN
    DELETE FROM job_videos
    WHERE video_id = CASE WHEN json_valid(OLD.payload) THEN json_extract(OLD.payload, '$.videoId') END
        AND job_id = NEW.id;
    INSERT OR IGNORE INTO job_videos (video_id, job_id)
    SELECT json_extract(NEW.payload, '$.videoId'), NEW.id
    WHERE json_type(NEW.payload, '$.videoId') = 'text';
END;

CREATE TRIGGER jobs_video_deleted AFTER DELETE ON jobs
BEGIN
    DELETE FROM job_videos
    WHERE video_id = CASE WHEN json_valid(OLD.payload) THEN json_extract(OLD.payload, '$.videoId') END
        AND job_id = OLD.id;
END;

COMMIT;
