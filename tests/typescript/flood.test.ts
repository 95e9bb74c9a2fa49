/** For 20 s one process inserts as fast as it may while the daemon leases: none lost, none refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { client, env, job, one, sql, upload } from './support.ts'

const FOR_MS = 20_000
const QUEUE = env('JOBD_DB')
const OTHERS = `status NOT IN ('completed', 'failed', 'cancelled')`

test('none lost, none refused', { timeout: 250_000 }, async () => {
  const videos = await Promise.all([1, 2, 3, 4].map(n => upload(`video ${n}`)))
  const ids = new Set<number>()
  const newest = new Map<string, { id: string; quality: number }>()
  let calls = 0
  for (const end = Date.now() + FOR_MS; Date.now() < end; await sleep(3)) {
    const video = videos[calls % videos.length] ?? assert.fail()
    const quality = 1 + (calls++ % 100)
    const { flowRunId } = await client.queueFullFramesProcessing({ ...video, quality })
    newest.set(video.dbPath, { id: flowRunId, quality })
    ids.add(Number(flowRunId))
    if (calls % 20) continue // now and then the smallest statement: no key, nothing replaced
    const [row] = sql(
      QUEUE,
      "INSERT INTO jobs (kind, payload) VALUES ('full_frames', ?) RETURNING id",
      JSON.stringify({ videoId: 'small', videoPath: video.videoPath, dbPath: video.dbPath })
    )
    ids.add(Number(row?.['id']))
  }
  while (one(sql(QUEUE, `SELECT count(*) AS n FROM jobs WHERE ${OTHERS}`))['n']) await sleep(50)

  const rows = sql(QUEUE, 'SELECT id, status FROM jobs ORDER BY id')
  const expected = [...ids].sort((a, b) => a - b).map(id => ({ id, status: 'completed' }))
  assert.deepEqual(rows, expected)
  for (const [dbPath, { id, quality }] of newest) {
    assert.equal(JSON.parse(String(job(id)['payload'])).quality, quality) // the last word counted
    const fence = one(sql(dbPath, "SELECT * FROM jobd_fence WHERE target = 'full_frames'"))
    assert.equal(fence['published'], 1)
    assert.ok(Number(fence['job_id']) >= Number(id))
  }
  assert.ok(calls > 500 && ids.size > 50, `${calls} calls, ${ids.size} jobs`)
  console.log(`${calls} calls, ${rows.length} jobs, all completed`)
})
