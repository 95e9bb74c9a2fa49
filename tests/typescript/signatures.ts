/** Never run: that this compiles is the test, and that each marked line does not. */
import * as jobd from '../../typescript/jobd.ts'
import { nodeSqlite } from '../../typescript/node-sqlite.ts'
import type { CropFrames, FullFrames, Payloads } from '../../typescript/payloads.ts'

// What the app's routes call today, to the letter of its own module.
interface QueueFlowResult {
  flowRunId: string
  status: string
  priority: string
}
interface Video {
  videoId: string
  videoPath: string
  dbPath: string
  outputDir: string
}
interface Bounds {
  left: number
  top: number
  right: number
  bottom: number
}
type QueueFull = (options: Video & { frameRate?: number }) => Promise<QueueFlowResult>
type QueueCrop = (
  options: Video & { cropBounds: Bounds; cropBoundsVersion?: number }
) => Promise<QueueFlowResult>

export const calledToday: [QueueFull, QueueCrop] = [
  jobd.queueFullFramesProcessing,
  jobd.queueCropFramesProcessing,
]
export const byNode: QueueFull = jobd.jobdClient(nodeSqlite).queueFullFramesProcessing

const video = { videoId: 'v', videoPath: '/v/v.mp4', dbPath: '/v/a.db' }
const bounds = { left: 0, top: 0, right: 2, bottom: 2 }

export const right: [FullFrames, FullFrames, FullFrames, CropFrames, CropFrames] = [
  video,
  { ...video, ocr: false },
  { ...video, frameRate: 0.5, quality: 90, store: 'files', outputDir: '/v/out', force: true },
  { ...video, cropBounds: bounds },
  { ...video, cropBounds: bounds, cropBoundsVersion: 3, outputDir: null, store: 'both' },
]

export const wrong: FullFrames[] = [
  // @ts-expect-error dbPath is missing
  { videoId: 'v', videoPath: '/v/v.mp4' },
  // @ts-expect-error keys are camelCase
  { ...video, frame_rate: 0.5 },
  // @ts-expect-error a number, not its text
  { ...video, frameRate: '0.5' },
  // @ts-expect-error only these three
  { ...video, store: 'disk' },
  // @ts-expect-error full frames have no bounds
  { ...video, cropBounds: bounds },
  // @ts-expect-error a path is text
  { ...video, outputDir: 7 },
  // @ts-expect-error null is no default here
  { ...video, quality: null },
]
export const wrongCrops: CropFrames[] = [
  // @ts-expect-error bounds are missing
  video,
  // @ts-expect-error one of them is missing
  { ...video, cropBounds: { left: 0, top: 0, right: 2 } },
  // @ts-expect-error x is no bound
  { ...video, cropBounds: { ...bounds, x: 1 } },
  // @ts-expect-error crops are never in files alone
  { ...video, cropBounds: bounds, store: 'files' },
  // @ts-expect-error a version is a number
  { ...video, cropBounds: bounds, cropBoundsVersion: '3' },
]
// @ts-expect-error no such kind
export type NoKind = Payloads['ocr']
// @ts-expect-error the client knows its payloads
export const call = () => jobd.queueCropFramesProcessing(video)
// @ts-expect-error a job has no such word
export const word = async () => (await jobd.jobd.status(1)).status === 'done'
