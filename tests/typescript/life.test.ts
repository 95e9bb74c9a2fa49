/** The whole life of a job, driven and read by the app's own means, beside a real daemon. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Job } from '../../typescript/jobd.ts'
import {
  CROP_FAILED,
  CROP_QUEUED,
  CROPPED,
  CROPPING,
  details,
  expect,
  EXTRACTED,
  EXTRACTING,
  FAILED,
  NOW,
  says,
  UPLOADED,
  WAITING,
} from './columns.ts'
import { client, env, job, one, type Row, sql, status, until, upload } from './support.ts'

const LONG = 'demo_60s_h264.mkv'
const OFTEN = 120 // images a second: work that lasts while the test does something beside it
const BOUNDS = { left: 11, top: 20, right: 110, bottom: 71 }

const PICTURE = `SELECT frame_index, hex(substr(image_data, 1, 3)) AS head,
  length(image_data) = file_size AND file_size > 200 AS whole, width, height, created_at`
const BOUND_COLUMNS = 'crop_left, crop_top, crop_right, crop_bottom, crop_bounds_version'

const full = (dbPath: string) => status(dbPath, 'processing_status')
const crop = (dbPath: string) => status(dbPath, 'crop_frames_status')
const within = (dbPath: string, query: string) => one(sql(dbPath, query))

/** The row as it first has this word. */
const whileIt = (look: (dbPath: string) => Row, word: string, dbPath: string) =>
  until(() => {
    const row = look(dbPath)
    return row['status'] === word && row
  })

async function ended(id: string): Promise<Job> {
  let last: Job | undefined
  for await (last of client.watch(id, { everyMs: 20 }));
  assert.ok(last)
  return last
}

test('full frames, from the upload to the screens', async () => {
  const video = await upload('full', LONG)
  expect(full(video.dbPath), UPLOADED)
  const { flowRunId } = await client.queueFullFramesProcessing({ ...video, frameRate: 10 })
  const looks: Job[] = []
  const watching = (async () => {
    for await (const look of client.watch(flowRunId, { everyMs: 5 })) looks.push(look)
  })()
  expect(await whileIt(full, 'extracting_frames', video.dbPath), EXTRACTING)
  await watching
  expect(full(video.dbPath), EXTRACTED)

  const words = looks.map(look => look.status)
  assert.deepEqual([...new Set(words)].slice(-2), ['running', 'completed'])
  const shares = looks.filter(look => look.status !== 'queued').map(look => look.progress ?? -1)
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => a - b)
  )
  assert.equal(shares.at(-1), 1)
  assert.equal(looks.at(-1)?.attempts, 1)

  const frames = sql(video.dbPath, `${PICTURE} FROM full_frames ORDER BY frame_index`)
  const { width, height } = frames[0] as { width: number; height: number }
  frames.forEach((frame, k) =>
    expect(frame, { frame_index: k, head: 'FFD8FF', whole: 1, width, height, created_at: NOW })
  )
  const layout = `SELECT id, frame_width, frame_height, ${BOUND_COLUMNS} FROM video_layout_config`
  expect(within(video.dbPath, layout), {
    ...{ id: 1, frame_width: width, frame_height: height, crop_left: 0, crop_top: 0 },
    ...{ crop_right: width, crop_bottom: height, crop_bounds_version: 1 },
  })
  expect(
    within(video.dbPath, 'SELECT duration_seconds, width, height, fps, codec FROM video_metadata'),
    {
      duration_seconds: says(/^60(\.\d+)?$/),
      width,
      height,
      fps: says(/^\d+(\.\d+)?$/),
      codec: 'h264',
    }
  )
  expect(within(video.dbPath, 'SELECT count(*) AS boxes FROM full_frame_ocr'), { boxes: 0 })
  const attempt =
    'SELECT queue_id, max(job_attempts.id) AS id FROM meta, job_attempts WHERE job_id = ?'
  const { queue_id, id } = one(sql(env('JOBD_DB'), attempt, Number(flowRunId)))
  expect(within(video.dbPath, 'SELECT * FROM jobd_fence'), {
    ...{ target: 'full_frames', job_id: Number(flowRunId), round: 1, published: 1, shown: 0 },
    ...{ queue_id: queue_id ?? null, attempt_id: id ?? null },
  })
})

// The film lasts 60.04 s: k runs while k / rate < duration.
test('the rate of the app: one image in ten seconds, numbered in tenths of a second', async () => {
  const video = await upload('sparse', LONG)
  const { flowRunId } = await client.queueFullFramesProcessing({ ...video, frameRate: 0.1 })
  assert.equal((await ended(flowRunId)).status, 'completed')
  const frames = sql(video.dbPath, 'SELECT frame_index FROM full_frames ORDER BY frame_index')
  assert.deepEqual(
    frames.map(frame => frame['frame_index']),
    [0, 100, 200, 300, 400, 500, 600]
  )
})

test('crop frames, from the approved layout; cancelled, and queued again', async () => {
  const video = await upload('crop', LONG)
  const { left, top, right, bottom } = BOUNDS
  sql(
    video.dbPath,
    `INSERT INTO video_layout_config (id, frame_width, frame_height, crop_left, crop_top, crop_right,
       crop_bottom, crop_bounds_version) VALUES (1, 640, 360, ?, ?, ?, ?, 4)`,
    ...[left, top, right, bottom]
  )
  const options = { ...video, cropBounds: BOUNDS }
  const { flowRunId } = await client.queueCropFramesProcessing(options)
  expect(await whileIt(crop, 'processing', video.dbPath), CROPPING)
  assert.equal((await ended(flowRunId)).status, 'completed')
  expect(crop(video.dbPath), CROPPED)
  const rows = `SELECT count(*) AS n, min(frame_index) AS first, max(frame_index) AS last,
    min(crop_bounds_version) AS version FROM cropped_frames`
  const frames = within(video.dbPath, rows)
  expect(frames, { n: says(/^60\d$/), first: 0, last: Number(frames['n']) - 1, version: 4 })
  expect(
    within(video.dbPath, `${PICTURE}, ${BOUND_COLUMNS} FROM cropped_frames WHERE frame_index = 3`),
    {
      ...{ frame_index: 3, head: 'FFD8FF', whole: 1, created_at: NOW },
      ...{ width: right - left, height: bottom - top, crop_bounds_version: 4 },
      ...{ crop_left: left, crop_top: top, crop_right: right, crop_bottom: bottom },
    }
  )
  expect(full(video.dbPath), UPLOADED)

  const other = { ...options, frameRate: OFTEN, cropBounds: { ...BOUNDS, left: 0 } }
  const second = await client.queueCropFramesProcessing(other)
  assert.notEqual(second.flowRunId, flowRunId)
  await whileIt(crop, 'processing', video.dbPath)
  assert.equal((await client.cancel(second.flowRunId)).status, 'cancelled')
  const stopped = await whileIt(crop, 'error', video.dbPath)
  const said = {
    error_message: 'Cancelled',
    error_details: details(second.flowRunId, 0, /^Cancelled$/),
  }
  expect(stopped, { ...CROP_FAILED, ...said })
  assert.deepEqual(within(video.dbPath, rows), frames)

  const again = await client.retry(second.flowRunId)
  assert.ok(['queued', 'running'].includes(again.status))
  assert.equal((await ended(second.flowRunId)).status, 'completed')
  expect(crop(video.dbPath), CROPPED)
  assert.equal(within(video.dbPath, rows)['version'], 0) // other bounds than the layout's
})

test('a video that cannot be read: an error that offers a retry, and a retry that heals', async () => {
  const video = await upload('text')
  const good = readFileSync(video.videoPath)
  writeFileSync(video.videoPath, 'not a video')
  const fullId = (await client.queueFullFramesProcessing(video)).flowRunId
  const cropId = (await client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS }))
    .flowRunId
  const reason = /no video|not a video|cannot be read|Invalid data/i
  for (const id of [fullId, cropId]) {
    const { status: word, attempts, error } = await ended(id)
    assert.deepEqual([word, attempts], ['failed', 1])
    assert.match(String(error), reason)
  }
  const [fullError, cropError] = [job(fullId)['error'] ?? null, job(cropId)['error'] ?? null]
  const told = { error_message: fullError, error_details: details(fullId, 1, reason) }
  expect(full(video.dbPath), { ...FAILED, frame_extraction_progress: 0, ...told })
  expect(crop(video.dbPath), {
    ...CROP_FAILED,
    ...{ error_message: cropError, error_details: details(cropId, 1, reason) },
  })
  writeFileSync(video.videoPath, good)
  for (const id of [fullId, cropId]) {
    await client.retry(id)
    assert.equal((await ended(id)).status, 'completed')
  }
  expect(full(video.dbPath), EXTRACTED)
  expect(crop(video.dbPath), CROPPED)
})

test('three attempts, "Queued" between them, and then an error', async () => {
  const video = await upload('short', LONG)
  truncateSync(video.videoPath, 400_000)
  const { flowRunId } = await client.queueFullFramesProcessing(video)
  await until(() => job(flowRunId)['attempts'] === 1 && job(flowRunId)['status'] === 'queued')
  expect(full(video.dbPath), { ...WAITING, frame_extraction_progress: SHARE_SO_FAR })
  const last = await ended(flowRunId)
  assert.deepEqual([last.status, last.attempts], ['failed', 3])
  const told = {
    error_message: last.error,
    error_details: details(flowRunId, 3, /ends at 15\.51 s of 60\.15 s/),
  }
  expect(full(video.dbPath), { ...FAILED, ...told, processing_attempts: 3 })
})

const SHARE_SO_FAR = (value: unknown) => Number(value) >= 0 && Number(value) < 1

test("a person's labels are guarded, and boxes go with the frames that they belong to", async () => {
  const video = await upload('labelled')
  sql(
    video.dbPath,
    `INSERT INTO full_frame_ocr (frame_index, box_index, text, confidence, x, y, width, height)
       VALUES (0, 0, 'Hello', 0.9, 0.1, 0.2, 0.3, 0.1)`
  )
  sql(
    video.dbPath,
    `INSERT INTO full_frame_box_labels (frame_index, box_index, box_text, box_left, box_top,
       box_right, box_bottom, label, label_source) VALUES (0, 0, 'Hello', 1, 2, 3, 4, 'in', 'user')`
  )
  const boxes = () => within(video.dbPath, 'SELECT count(*) AS n FROM full_frame_ocr')['n']
  const guarded = await client.queueFullFramesProcessing(video)
  const last = await ended(guarded.flowRunId)
  assert.deepEqual([last.status, last.attempts], ['failed', 1])
  assert.match(String(last.error), /^labelled frames would move/)
  const told = {
    error_message: last.error,
    error_details: details(guarded.flowRunId, 1, /^labelled frames/),
  }
  expect(full(video.dbPath), { ...FAILED, ...told })
  assert.equal(boxes(), 1)
  const forced = await client.queueFullFramesProcessing({ ...video, force: true })
  assert.equal((await ended(forced.flowRunId)).status, 'completed')
  expect(full(video.dbPath), EXTRACTED)
  assert.equal(boxes(), 0)
})

test('deleted while it runs, as the app deletes: nothing is made anew', async () => {
  for (const kind of ['full', 'crop'] as const) {
    const video = await upload(`deleted ${kind}`, LONG)
    const { flowRunId } =
      kind === 'full'
        ? await client.queueFullFramesProcessing({ ...video, frameRate: 10 })
        : await client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS, frameRate: OFTEN })
    const table = kind === 'full' ? 'processing_status' : 'crop_frames_status'
    const pid = await until(() => status(video.dbPath, table)['current_job_id'])
    sql(video.dbPath, "UPDATE processing_status SET deleted = 1, deleted_at = datetime('now')")
    assert.ok(Number(pid) > 1)
    if (kind === 'full') process.kill(Number(pid), 'SIGTERM') // it knows no pid of crop_frames
    await sleep(kind === 'full' ? 1000 : 0)
    rmSync(dirname(video.dbPath), { recursive: true, force: true })
    const last = await ended(flowRunId)
    assert.deepEqual([last.status, last.attempts], ['cancelled', 1])
    assert.match(String(last.error), /deleted/)
    assert.ok(!existsSync(dirname(video.dbPath)))
  }
})

test('what was asked for last is what is there: a newer crop stops the older', async () => {
  const video = await upload('newer', LONG)
  const first = await client.queueCropFramesProcessing({
    ...video,
    cropBounds: BOUNDS,
    frameRate: OFTEN,
  })
  await whileIt(crop, 'processing', video.dbPath)
  const narrow = { left: 0, top: 0, right: 40, bottom: 30 }
  const newer = await client.queueCropFramesProcessing({ ...video, cropBounds: narrow })
  assert.equal((await ended(first.flowRunId)).error, `superseded by job ${newer.flowRunId}`)
  assert.equal((await ended(newer.flowRunId)).status, 'completed')
  expect(crop(video.dbPath), CROPPED)
  assert.equal(within(video.dbPath, 'SELECT max(width) AS w FROM cropped_frames')['w'], 40)
})

test('what the client leaves behind while no attempt has begun', async () => {
  sql(env('JOBD_DB'), 'UPDATE job_kinds SET paused = 1')
  const video = await upload('paused')
  const { flowRunId } = await client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS })
  expect(crop(video.dbPath), CROP_QUEUED)
  sql(env('JOBD_DB'), 'UPDATE job_kinds SET paused = 0')
  assert.equal((await ended(flowRunId)).status, 'completed')
  expect(crop(video.dbPath), CROPPED)
})
