/** Every column that the app's screens read, in words of the tests' own, stage by stage. */
import assert from 'node:assert/strict'

import type { Row } from './support.ts'

type Check = (value: string | number | null) => boolean
export type Expected = Record<string, string | number | null | Check>

/** A moment ago, in the app's way of writing it: UTC, to the second. */
export const NOW: Check = value =>
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(String(value)) &&
  Math.abs(Date.now() - Date.parse(`${value}Z`)) < 120_000
/** A process that lives: the app's Delete sends it SIGTERM, its cleanup takes a dead one for a stall. */
export const PID: Check = value => /^\d+$/.test(String(value)) && process.kill(Number(value), 0)
export const SHARE: Check = value => typeof value === 'number' && value >= 0 && value <= 1
export const says =
  (pattern: RegExp): Check =>
  value =>
    pattern.test(String(value))
/** Attempt 0: a person's word, not an attempt's. */
export const details =
  (jobId: string, attempt: number, reason: RegExp): Check =>
  value => {
    const told = JSON.parse(String(value))
    return told.jobId === Number(jobId) && told.attempt === attempt && reason.test(told.reason)
  }

/** Every column of the row, and no other. */
export function expect(row: Row, expected: Expected): void {
  assert.deepEqual(Object.keys(row).sort(), Object.keys(expected).sort())
  for (const [column, wanted] of Object.entries(expected)) {
    const value = row[column] ?? null
    const right = typeof wanted === 'function' ? wanted(value) : Object.is(value, wanted)
    assert.ok(
      right,
      `${column} is ${JSON.stringify(value)}, not ${wanted}, in ${JSON.stringify(row)}`
    )
  }
}

const NO_ERROR = { error_message: null, error_details: null, error_occurred_at: null }

/** processing_status, as the upload handler leaves it. */
export const UPLOADED: Expected = {
  id: 1,
  status: 'upload_complete',
  upload_progress: 1,
  frame_extraction_progress: 0,
  ocr_progress: 0,
  layout_analysis_progress: 0,
  ...NO_ERROR,
  current_job_id: null,
  processing_attempts: 0,
  last_heartbeat_at: null,
  deleted: 0,
  deleted_at: null,
  upload_started_at: NOW,
  upload_completed_at: NOW,
  processing_started_at: null,
  processing_completed_at: null,
  created_at: NOW,
  updated_at: NOW,
}
export const EXTRACTING: Expected = {
  ...UPLOADED,
  status: 'extracting_frames',
  frame_extraction_progress: SHARE,
  current_job_id: PID,
  processing_attempts: 1,
  last_heartbeat_at: NOW,
  processing_started_at: NOW,
}
/** Between two attempts: the app shows it as "Queued". */
export const WAITING: Expected = {
  ...EXTRACTING,
  status: 'upload_complete',
  current_job_id: null,
}
export const EXTRACTED: Expected = {
  ...EXTRACTING,
  status: 'processing_complete',
  frame_extraction_progress: 1,
  ocr_progress: 1,
  layout_analysis_progress: 1,
  current_job_id: null,
  processing_completed_at: NOW,
}
export const FAILED: Expected = {
  ...WAITING,
  status: 'error',
  error_occurred_at: NOW,
}

/** crop_frames_status, as the client leaves it with its INSERT. */
export const CROP_QUEUED: Expected = {
  id: 1,
  status: 'queued',
  processing_started_at: null,
  processing_completed_at: null,
  current_job_id: null,
  ...NO_ERROR,
  retry_count: 0,
}
export const CROPPING: Expected = {
  ...CROP_QUEUED,
  status: 'processing',
  current_job_id: PID,
  processing_started_at: NOW,
}
export const CROPPED: Expected = {
  ...CROPPING,
  status: 'complete',
  current_job_id: null,
  processing_completed_at: NOW,
}
export const CROP_FAILED: Expected = {
  ...CROPPING,
  status: 'error',
  current_job_id: null,
  error_occurred_at: NOW,
}
