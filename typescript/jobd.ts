/**
 * jobd's client: queues work on videos, and follows, cancels and repeats it.
 *
 * Copy this file and payloads.ts into the app. JOBD_DB names the queue, the file that
 * `python -m jobd serve` works on. What stands behind it: docs/typescript.md.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import type { CropFrames, FullFrames, Payloads } from './payloads'

type Kind = keyof Payloads
type Video = Pick<Job, 'kind' | 'dbPath'>
export type JobStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

/** A row of the queue. Times are Unix milliseconds. */
export interface Job {
  id: number
  kind: Kind
  dbPath: string
  status: JobStatus
  progress: number | null // share of the work that is done
  attempts: number // since it was queued or retried
  maxAttempts: number
  runAt: number // not before this time; 0: at once
  startedAt: number | null
  finishedAt: number | null
  error: string | null // of the last attempt, or why it was cancelled
}

export interface QueueFlowResult {
  flowRunId: string // the job's id
  status: string
  priority: string
}

export class JobdError extends Error {
  override readonly name = this.constructor.name
}
/** JOBD_DB is not set, or what it names is missing or no queue. */
export class QueueUnusable extends JobdError {}
/** Another program kept the queue locked for all of the busy timeout. */
export class QueueBusy extends JobdError {}
/** A rule of the queue says no; the message is its sentence. */
export class Refused extends JobdError {}
/** No job has this id. */
export class NoSuchJob extends JobdError {}
/** `dbPath` cannot be opened or written: nothing was queued. */
export class VideoUnusable extends JobdError {}

/** What an SQLite driver must do; its errors carry SQLite's name of them as `code`. */
export interface Connection {
  rows(sql: string, ...values: readonly (string | number)[]): object[]
  close(): void // rolls back what is not committed
}
/** Opens a file for reading and writing, and never makes one. */
export type Open = (path: string) => Connection
/** Loaded beforehand: between the first statement and the last nothing is waited for. */
export type Driver = () => Promise<Open>

export const betterSqlite3: Driver = async () => {
  const { default: Database } = await import('better-sqlite3')
  return path => {
    const db = new Database(path, { fileMustExist: true })
    return {
      rows(sql, ...values) {
        const statement = db.prepare<unknown[], object>(sql)
        return statement.reader ? statement.all(...values) : (statement.run(...values), [])
      },
      close: () => db.close(),
    }
  }
}

const APPLICATION_ID = 1785684580 // "jobd" in ASCII
const PRIORITY = { full_frames: 'background', crop_frames: 'user-initiated' }

// A row of this video that still waits is replaced, and keeps its place. The key is the video's
// database: the app calls one video by its UUID and by its display path. A key is at most 500 long.
const INSERT = `INSERT INTO jobs (kind, payload, unique_key) VALUES (?, ?, substr(?, -500))
  ON CONFLICT DO UPDATE SET payload = excluded.payload RETURNING id`
const READ = `SELECT id, kind, target AS dbPath, status, progress, attempts,
  max_attempts AS maxAttempts, run_at AS runAt, started_at AS startedAt,
  finished_at AS finishedAt, error FROM jobs WHERE id = ?`

// What the app's screens read. jobd says the rest itself.
const NO_ERROR = `current_job_id = NULL,
  error_message = NULL, error_details = NULL, error_occurred_at = NULL`
const FAILED = `status = 'error', error_message = ?, error_details = ?,
  error_occurred_at = datetime('now')`
const WORDS = {
  full_frames: {
    make: [],
    waits: `UPDATE processing_status SET status = 'upload_complete', ${NO_ERROR}
      WHERE id = 1 AND status = 'error'`,
    failed: `UPDATE processing_status SET ${FAILED} WHERE id = 1`,
  },
  crop_frames: {
    make: [
      `CREATE TABLE IF NOT EXISTS crop_frames_status (
        id INTEGER PRIMARY KEY CHECK(id = 1), status TEXT NOT NULL DEFAULT 'queued',
        processing_started_at TEXT, processing_completed_at TEXT, current_job_id TEXT,
        error_message TEXT, error_details TEXT, error_occurred_at TEXT,
        retry_count INTEGER NOT NULL DEFAULT 0)`,
      `INSERT INTO crop_frames_status (id) VALUES (1) ON CONFLICT DO NOTHING`,
    ],
    waits: `UPDATE crop_frames_status SET status = 'queued', ${NO_ERROR}
      WHERE id = 1 AND status <> 'processing'`,
    failed: `UPDATE crop_frames_status SET ${FAILED} WHERE id = 1`,
  },
}

function opened(open: Open, path: string): Connection {
  const db = open(path)
  db.rows('PRAGMA busy_timeout = 5000') // better-sqlite3 has one, other drivers have none
  db.rows('PRAGMA synchronous = FULL') // an acknowledged row survives a power cut
  return db
}

function openQueue(open: Open): Connection {
  const path = process.env['JOBD_DB']
  if (!path) throw new QueueUnusable('JOBD_DB is not set: it names the file that jobd serves')
  try {
    const queue = opened(open, path)
    const [head] = queue.rows('PRAGMA application_id') as [{ application_id: number }]
    if (head.application_id === APPLICATION_ID) return queue
    queue.close()
  } catch (cause) {
    throw new QueueUnusable(`cannot use the queue ${path} (JOBD_DB): ${text(cause)}`, { cause })
  }
  throw new QueueUnusable(`${path} (JOBD_DB) is no queue of jobd`)
}

/** One transaction. A change takes the write lock first: begun later, it could not wait for it. */
function inQueue<T>(open: Open, how: 'look' | 'change', work: (queue: Connection) => T): T {
  const queue = openQueue(open)
  try {
    queue.rows(how === 'look' ? 'BEGIN' : 'BEGIN IMMEDIATE')
    const result = work(queue)
    queue.rows('COMMIT')
    return result
  } catch (error) {
    throw named(error)
  } finally {
    queue.close()
  }
}

/**
 * Does something first, and then says so in the video. The video is locked around both: the first
 * word of an attempt cannot come before ours. What was done counts, even if it could not be said.
 */
function andSay<T>(
  open: Open,
  video: Video,
  word: 'waits' | 'failed',
  values: string[],
  first: () => T
): T {
  const { kind, dbPath } = video
  let db: Connection | undefined
  try {
    db = opened(open, dbPath)
    db.rows('BEGIN IMMEDIATE')
  } catch (cause) {
    db?.close()
    throw new VideoUnusable(`cannot write dbPath ${dbPath}: ${text(cause)}`, { cause })
  }
  try {
    const result = first()
    try {
      for (const sql of WORDS[kind].make) db.rows(sql)
      db.rows(WORDS[kind][word], ...values)
      db.rows('COMMIT')
    } catch (error) {
      console.error(`[jobd] ${dbPath} could not be told: ${text(error)}`)
    }
    return result
  } finally {
    db.close()
  }
}

/** Stops the app's polling and offers its retry button. */
function sayFailed(open: Open, video: Video, reason: Error): void {
  const details = JSON.stringify({ reason: reason.name, queue: process.env['JOBD_DB'] ?? null })
  try {
    andSay(open, video, 'failed', [reason.message, details], () => {})
  } catch (error) {
    console.error(`[jobd] ${text(error)}`)
  }
}

function read(queue: Connection, id: string | number): Job {
  const [job] = Number.isSafeInteger(Number(id)) ? queue.rows(READ, Number(id)) : []
  if (!job) throw new NoSuchJob(`no job ${id}`)
  return job as Job
}

function set(queue: Connection, id: string | number, status: JobStatus): Job {
  const job = read(queue, id)
  queue.rows('UPDATE jobs SET status = ? WHERE id = ?', status, job.id)
  return read(queue, id)
}

function named(cause: unknown): unknown {
  const code = String((cause as { code?: unknown }).code)
  if (!code.startsWith('SQLITE_')) return cause
  const sentence = text(cause).replace(/^\w+ constraint failed: /, '')
  if (code.startsWith('SQLITE_CONSTRAINT')) return new Refused(sentence, { cause })
  if (code.startsWith('SQLITE_BUSY'))
    return new QueueBusy('the queue was locked for 5 s', { cause })
  return new QueueUnusable(`the queue: ${sentence}`, { cause })
}

const text = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** The client over a driver. */
export function jobdClient(driver: Driver) {
  async function queueJob<K extends Kind>(kind: K, job: Payloads[K]): Promise<QueueFlowResult> {
    const open = await driver()
    const video = { kind, dbPath: job.dbPath }
    const values = [kind, JSON.stringify(job), job.dbPath]
    const insert = () =>
      inQueue(open, 'change', q => q.rows(INSERT, ...values)[0] as { id: number })
    try {
      // Of full_frames the app has said so itself: upload_complete.
      const says = kind === 'crop_frames'
      const { id } = says ? andSay(open, video, 'waits', [], insert) : insert()
      return { flowRunId: String(id), status: 'queued', priority: PRIORITY[kind] }
    } catch (error) {
      if (!(error instanceof VideoUnusable)) sayFailed(open, video, error as Error)
      throw error
    }
  }

  return {
    /** The whole picture, once in ten seconds: after an upload. */
    queueFullFramesProcessing: (options: FullFrames) => queueJob('full_frames', options),

    /** The caption area, ten times a second: after a layout was approved. */
    queueCropFramesProcessing: (options: CropFrames) => queueJob('crop_frames', options),

    /** Queues an ended job again, with all its attempts before it. */
    async retry(id: string | number): Promise<Job> {
      const open = await driver()
      const job = inQueue(open, 'look', queue => read(queue, id))
      const again = () => inQueue(open, 'change', queue => set(queue, id, 'queued'))
      return andSay(open, job, 'waits', [], again)
    },

    /** Stops a job that waits or runs, and jobd tells the video. An ended one stays as it is. */
    async cancel(id: string | number): Promise<Job> {
      return inQueue(await driver(), 'change', queue => set(queue, id, 'cancelled'))
    },

    async status(id: string | number): Promise<Job> {
      return inQueue(await driver(), 'look', queue => read(queue, id))
    },

    /** Every new look of a job, up to the one that has ended. It reads only when something changed. */
    async *watch(
      id: string | number,
      { everyMs = 250, signal }: { everyMs?: number; signal?: AbortSignal } = {}
    ): AsyncGenerator<Job, void> {
      const queue = openQueue(await driver())
      try {
        for (let version = '', seen = ''; ; await sleep(everyMs, undefined, { signal })) {
          const now = JSON.stringify(queue.rows('PRAGMA data_version'))
          if (now === version) continue
          version = now
          const job = read(queue, id)
          if (JSON.stringify(job) === seen) continue
          seen = JSON.stringify(job)
          yield job
          if (job.finishedAt !== null) return
        }
      } finally {
        queue.close()
      }
    },
  }
}

/** By better-sqlite3. */
export const jobd = jobdClient(betterSqlite3)
export const { queueFullFramesProcessing, queueCropFramesProcessing } = jobd
