// Printed by `python -m jobd types` from the models that jobd reads payloads with. Do not edit it:
// print it anew after an update of jobd.

/** Where to crop, in pixels of the picture as shown: [left, right) by [top, bottom). */
export interface CropBounds {
  /** a whole number; at least -1000000; at most 1000000 */
  left: number
  /** a whole number; at least -1000000; at most 1000000 */
  top: number
  /** a whole number; at least -1000000; at most 1000000 */
  right: number
  /** a whole number; at least -1000000; at most 1000000 */
  bottom: number
}

/** Sample the caption area, densely. */
export interface CropFrames {
  /** length at least 1; length at most 500 */
  videoId: string
  /** length at least 2; length at most 4096 */
  videoPath: string
  /** length at least 2; length at most 4096 */
  dbPath: string
  /** length at least 2; length at most 4096 */
  outputDir?: string | null
  /** JPEG quality as OpenCV counts it; a whole number; at least 1; at most 100; default 75 */
  quality?: number
  /** default "database" */
  store?: "database" | "both"
  /** replace full frames even where a user's labels refer to them; default false */
  force?: boolean
  /** images per second of video; more than 0; at most 240; default 10.0 */
  frameRate?: number
  cropBounds: CropBounds
  /** a whole number; at least 0; at most 9007199254740992 */
  cropBoundsVersion?: number | null
}

/** Sample the whole picture, sparsely. */
export interface FullFrames {
  /** length at least 1; length at most 500 */
  videoId: string
  /** length at least 2; length at most 4096 */
  videoPath: string
  /** length at least 2; length at most 4096 */
  dbPath: string
  /** length at least 2; length at most 4096 */
  outputDir?: string | null
  /** JPEG quality as OpenCV counts it; a whole number; at least 1; at most 100; default 75 */
  quality?: number
  /** default "database" */
  store?: "database" | "files" | "both"
  /** replace full frames even where a user's labels refer to them; default false */
  force?: boolean
  /** images per second of video; more than 0; at most 10; default 0.1 */
  frameRate?: number
  /** read the text on the frames, where an engine is installed; default true */
  ocr?: boolean
}

/** Which payload each kind of job takes. */
export interface Payloads {
  crop_frames: CropFrames
  full_frames: FullFrames
}
