/** The app in small: its drivers, its videos and what its screens read. Nothing here knows Python. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { betterSqlite3, jobdClient } from '../../typescript/jobd.ts'
import { nodeSqlite } from '../../typescript/node-sqlite.ts'

const TESTS = resolve(import.meta.dirname, '..')
const PATIENCE_MS = 60_000

/**
 * Every test is run by either driver, and one process uses no other: two SQLite libraries on one
 * file in one process lose each other's locks.
 */
const NODE_OWN = env('DRIVER') === 'node:sqlite'
export const driver = NODE_OWN ? nodeSqlite : betterSqlite3
export const client = jobdClient(driver)
const open = await driver()

export type Row = Record<string, string | number | null>
export type Value = string | number

/** The folder of this run: its queue is JOBD_DB, made by whoever started us. */
export const HOUSE = resolve(env('JOBD_DB'), '..')
export const MEDIA = resolve(TESTS, 'media')

export function env(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: these tests are started by pytest`)
  return value
}

/** One statement, as the app would run it: opened, run and closed. */
export function sql(path: string, statement: string, ...values: Value[]): Row[] {
  const db = open(path)
  try {
    db.rows('PRAGMA busy_timeout = 5000')
    return db.rows(statement, ...values) as Row[]
  } finally {
    db.close()
  }
}

/** A connection that makes its file and stays open; the caller closes it. */
export async function connected(
  path: string
): Promise<{ exec(sql: string): unknown; close(): unknown }> {
  if (NODE_OWN) return new (await import('node:sqlite')).DatabaseSync(path)
  // The packages lie beside the client, not above the tests.
  const load = createRequire(resolve(TESTS, '../typescript/jobd.ts'))
  return new (load('better-sqlite3') as typeof import('better-sqlite3'))(path)
}

export function job(id: number | string): Row {
  return one(sql(env('JOBD_DB'), 'SELECT * FROM jobs WHERE id = ?', Number(id)))
}

export function status(dbPath: string, table: 'processing_status' | 'crop_frames_status'): Row {
  return one(sql(dbPath, `SELECT * FROM ${table} WHERE id = 1`))
}

export function one<T>(rows: T[]): T {
  const [row] = rows
  if (row === undefined || rows.length > 1) throw new Error(`${rows.length} rows`)
  return row
}

/** A video as the upload handler leaves it: in a folder of its own, with its database. */
export async function upload(name: string, source = 'ocean_h264.mp4') {
  const folder = resolve(HOUSE, name)
  mkdirSync(folder)
  const videoPath = resolve(folder, source)
  cpSync(resolve(MEDIA, source), videoPath)
  const dbPath = resolve(folder, 'annotations.db')
  const db = await connected(dbPath)
  db.exec(`PRAGMA journal_mode = ${env('JOURNAL')}; BEGIN; ${readFileSync(resolve(TESTS, 'support/app_schema.sql'), 'utf8')}
    INSERT INTO video_metadata (id, video_id, video_hash, storage_path, display_path,
      original_filename, file_size_bytes, upload_method)
    VALUES (1, '${name}', '', '${name}', 'films/one', '${source}', 1000, 'web_upload');
    INSERT INTO processing_status (id, status, upload_progress, upload_started_at,
      upload_completed_at) VALUES (1, 'upload_complete', 1.0, datetime('now'), datetime('now'));
    COMMIT`)
  db.close()
  return { videoId: name, videoPath, dbPath, outputDir: resolve(folder, 'full_frames') }
}

/** Looks again and again until there is an answer. */
export async function until<T>(look: () => T | undefined | null | false): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(2)) {
    const found = look()
    if (found !== undefined && found !== null && found !== false) return found
  }
  throw new Error(`waited in vain for ${look}`)
}
