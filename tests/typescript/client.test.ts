/** What the client writes, and what it says when it cannot. No daemon runs here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as jobd from '../../typescript/jobd.ts'
import { client, connected, driver, env, HOUSE, job, sql, status, upload } from './support.ts'

const BOUNDS = { left: 10, top: 20, right: 110, bottom: 70 }
const QUEUE = env('JOBD_DB')
type Video = Awaited<ReturnType<typeof upload>>
let videos = 0
const uploaded = () => upload(`video ${++videos}`)

test('full frames: the row, and what the caller gets', async () => {
  const video = await uploaded()
  const got = await client.queueFullFramesProcessing({ ...video, frameRate: 0.1 })
  const row = job(got.flowRunId)
  assert.deepEqual(got, { flowRunId: String(row['id']), status: 'queued', priority: 'background' })
  assert.equal(row['kind'], 'full_frames')
  assert.equal(row['priority'], 0)
  assert.deepEqual(JSON.parse(String(row['payload'])), { ...video, frameRate: 0.1 })
  assert.equal(status(video.dbPath, 'processing_status')['status'], 'upload_complete')
})

test('crop frames: no version is made up, and the video says that it waits', async () => {
  const video = await uploaded()
  const got = await client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS })
  const row = job(got.flowRunId)
  assert.equal(got.priority, 'user-initiated')
  assert.equal(row['priority'], 100)
  assert.deepEqual(JSON.parse(String(row['payload'])), { ...video, cropBounds: BOUNDS })
  assert.deepEqual(status(video.dbPath, 'crop_frames_status'), {
    id: 1,
    status: 'queued',
    processing_started_at: null,
    processing_completed_at: null,
    current_job_id: null,
    error_message: null,
    error_details: null,
    error_occurred_at: null,
    retry_count: 0,
  })
})

test('a version that the caller knows is handed on', async () => {
  const options = { ...(await uploaded()), cropBounds: BOUNDS, cropBoundsVersion: 7 }
  const { flowRunId } = await client.queueCropFramesProcessing(options)
  assert.equal(JSON.parse(String(job(flowRunId)['payload'])).cropBoundsVersion, 7)
})

test('a running crop keeps its word; an old error goes', async () => {
  const video = await uploaded()
  const queue = () => client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS })
  await queue()
  const set = (word: string) =>
    sql(
      video.dbPath,
      `UPDATE crop_frames_status SET status = ?, current_job_id = '77', retry_count = 2,
         error_message = 'old', error_details = 'old', error_occurred_at = 'old'`,
      word
    )
  set('processing')
  const before = status(video.dbPath, 'crop_frames_status')
  await queue()
  assert.deepEqual(status(video.dbPath, 'crop_frames_status'), before)
  set('error')
  await queue()
  const after = status(video.dbPath, 'crop_frames_status')
  assert.deepEqual(
    [after['status'], after['current_job_id'], after['error_message'], after['retry_count']],
    ['queued', null, null, 2]
  )
})

test('what still waits is replaced, under whatever name the app calls the video', async () => {
  const video = await uploaded()
  const first = await client.queueFullFramesProcessing(video)
  const again = await client.queueFullFramesProcessing({ ...video, videoId: 'films/one' })
  assert.equal(again.flowRunId, first.flowRunId)
  assert.equal(JSON.parse(String(job(again.flowRunId)['payload'])).videoId, 'films/one')
})

test('a path of any length has a key of its own', async () => {
  const video = await uploaded()
  const long = (end: string) => ({ ...video, dbPath: `/${'x'.repeat(600)}/${end}` })
  const [one, other, again] = [
    await client.queueFullFramesProcessing(long('one')),
    await client.queueFullFramesProcessing(long('other')),
    await client.queueFullFramesProcessing(long('one')),
  ]
  assert.notEqual(one.flowRunId, other.flowRunId)
  assert.equal(one.flowRunId, again.flowRunId)
  assert.equal(job(one.flowRunId)['unique_key'], long('one').dbPath.slice(-500))
})

test('status, cancel and retry', async () => {
  const video = await uploaded()
  const { flowRunId } = await client.queueFullFramesProcessing(video)
  const waiting = await client.status(flowRunId)
  assert.deepEqual(waiting, {
    id: Number(flowRunId),
    kind: 'full_frames',
    status: 'queued',
    progress: null,
    attempts: 0,
    maxAttempts: 3,
    runAt: 0,
    startedAt: null,
    finishedAt: null,
    error: null,
    dbPath: video.dbPath,
  })
  const cancelled = await client.cancel(flowRunId)
  assert.deepEqual([cancelled.status, cancelled.error], ['cancelled', 'Cancelled'])
  assert.equal((await client.cancel(flowRunId)).status, 'cancelled')
  sql(video.dbPath, "UPDATE processing_status SET status = 'error', error_message = 'Cancelled'")
  assert.deepEqual(await client.retry(flowRunId), waiting)
  const row = status(video.dbPath, 'processing_status')
  assert.deepEqual([row['status'], row['error_message']], ['upload_complete', null])
  await client.cancel(flowRunId)
  sql(video.dbPath, "UPDATE processing_status SET status = 'processing_complete'")
  await client.retry(flowRunId) // its frames are shown until there are others
  assert.equal(status(video.dbPath, 'processing_status')['status'], 'processing_complete')
})

test('an id that no job has', async () => {
  for (const id of [4_000_000, '12x', 'full', -1, Number.NaN]) {
    for (const call of [client.status, client.cancel, client.retry]) {
      await assert.rejects(call(id), new jobd.NoSuchJob(`no job ${id}`))
    }
    await assert.rejects(client.watch(id).next(), jobd.NoSuchJob)
  }
})

test('watch ends with the job', async () => {
  const { flowRunId } = await client.queueFullFramesProcessing(await uploaded())
  const seen: string[] = []
  for await (const look of client.watch(flowRunId, { everyMs: 5 })) {
    seen.push(look.status)
    if (look.status === 'queued')
      sql(QUEUE, "UPDATE jobs SET status = 'cancelled' WHERE id = ?", flowRunId)
  }
  assert.deepEqual(seen, ['queued', 'cancelled'])
})

test('watch can be given up', async () => {
  const { flowRunId } = await client.queueFullFramesProcessing(await uploaded())
  const giveUp = new AbortController()
  const watching = async () => {
    for await (const _ of client.watch(flowRunId, { signal: giveUp.signal })) giveUp.abort()
  }
  await assert.rejects(watching(), { name: 'AbortError' })
})

for (const kind of ['full', 'crop'] as const) {
  const table = kind === 'full' ? 'processing_status' : 'crop_frames_status'
  const queue = (video: Video) =>
    kind === 'full'
      ? client.queueFullFramesProcessing(video)
      : client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS })

  const refused = async (video: Video, error: jobd.JobdError) => {
    await assert.rejects(queue(video), error)
    const row = status(video.dbPath, table)
    assert.deepEqual([row['status'], row['error_message']], ['error', error.message])
    assert.equal(JSON.parse(String(row['error_details'])).reason, error.name)
    assert.match(String(row['error_occurred_at']), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  }

  test(`${kind}: a refusal is a typed error, and the video says why`, async () => {
    const long = 'x'.repeat(70_000)
    const sentence = 'payload must be at most 65536 bytes'
    await refused({ ...(await uploaded()), videoPath: `/${long}` }, new jobd.Refused(sentence))
    const lacking = { ...(await uploaded()), videoId: undefined as unknown as string }
    const words = `${kind}_frames: payload lacks videoId`
    await refused(lacking, new jobd.Refused(words))
  })

  test(`${kind}: so is a queue that is not there`, async () => {
    const wrong: [string | undefined, string][] = [
      [undefined, 'JOBD_DB is not set: it names the file that jobd serves'],
      [
        `${HOUSE}/none.db`,
        `cannot use the queue ${HOUSE}/none.db (JOBD_DB): unable to open database file`,
      ],
    ]
    for (const [place, sentence] of wrong) {
      if (place) process.env['JOBD_DB'] = place
      else delete process.env['JOBD_DB']
      try {
        await refused(await uploaded(), new jobd.QueueUnusable(sentence))
      } finally {
        process.env['JOBD_DB'] = QUEUE
      }
    }
  })

  test(`${kind}: and a file that is no queue`, async () => {
    const video = await uploaded()
    process.env['JOBD_DB'] = video.dbPath
    try {
      await refused(video, new jobd.QueueUnusable(`${video.dbPath} (JOBD_DB) is no queue of jobd`))
    } finally {
      process.env['JOBD_DB'] = QUEUE
    }
  })
}

test('a video that cannot be written is told of, and nothing is queued', async () => {
  const before = sql(QUEUE, 'SELECT count(*) AS n FROM jobs')
  const video = { ...(await uploaded()), dbPath: `${HOUSE}/nowhere.db` }
  await assert.rejects(
    client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS }),
    jobd.VideoUnusable
  )
  assert.deepEqual(sql(QUEUE, 'SELECT count(*) AS n FROM jobs'), before)
})

test('while a crop is queued nothing else may speak in its video, and the row is synced', async () => {
  const { dbPath, ...video } = await uploaded()
  const open = await driver()
  const seen: unknown[] = []
  const spying = jobd.jobdClient(async () => path => {
    const db = open(path)
    const rows: jobd.Connection['rows'] = (sql, ...values) => {
      if (sql.startsWith('INSERT INTO jobs')) {
        const attempt = open(dbPath)
        attempt.rows('PRAGMA busy_timeout = 0')
        assert.throws(() => attempt.rows('BEGIN IMMEDIATE'), { code: 'SQLITE_BUSY' })
        attempt.close()
        seen.push(db.rows('PRAGMA synchronous'), db.rows('PRAGMA busy_timeout'))
      }
      return db.rows(sql, ...values)
    }
    return { rows, close: () => db.close() }
  })
  await spying.queueCropFramesProcessing({ ...video, dbPath, cropBounds: BOUNDS })
  assert.deepEqual(seen, [[{ synchronous: 2 }], [{ timeout: 5000 }]])
  assert.equal(status(dbPath, 'crop_frames_status')['status'], 'queued')
})

test('a row that is there counts, even if the video cannot say so', async () => {
  const video = await uploaded()
  sql(video.dbPath, 'CREATE TABLE crop_frames_status (id INTEGER PRIMARY KEY, status TEXT)')
  const { flowRunId } = await client.queueCropFramesProcessing({ ...video, cropBounds: BOUNDS })
  assert.equal(job(flowRunId)['status'], 'queued')
})

test('a video that its caller has locked itself: nothing is queued', async () => {
  const { dbPath, ...video } = await uploaded()
  const before = sql(QUEUE, 'SELECT count(*) AS n FROM jobs')
  const own = await connected(dbPath)
  own.exec('BEGIN IMMEDIATE')
  try {
    const queue = client.queueCropFramesProcessing({ ...video, dbPath, cropBounds: BOUNDS })
    await assert.rejects(queue, jobd.VideoUnusable)
  } finally {
    own.close()
  }
  assert.deepEqual(sql(QUEUE, 'SELECT count(*) AS n FROM jobs'), before)
})

test('a queue that stays locked', async () => {
  const video = await uploaded()
  const other = await connected(QUEUE)
  other.exec('BEGIN IMMEDIATE')
  try {
    await assert.rejects(client.queueFullFramesProcessing(video), jobd.QueueBusy)
  } finally {
    other.close()
  }
  assert.equal(status(video.dbPath, 'processing_status')['status'], 'error')
})
