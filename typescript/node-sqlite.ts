/**
 * jobd's client over Node's own SQLite (node:sqlite, Node 22.18 and later):
 *
 *     const { queueFullFramesProcessing } = jobdClient(nodeSqlite)
 */
import { pathToFileURL } from 'node:url'

import type { Driver } from './jobd'

const NAMES: Record<number, string> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  19: 'SQLITE_CONSTRAINT',
}

export const nodeSqlite: Driver = async () => {
  const { DatabaseSync } = await import('node:sqlite')
  return path => {
    const place = pathToFileURL(path)
    place.searchParams.set('mode', 'rw') // else it would make the file
    const db = new DatabaseSync(place)
    return {
      rows(sql, ...values) {
        try {
          return db
            .prepare(sql)
            .all(...values)
            .map(row => ({ ...row })) // with a prototype
        } catch (error) {
          const number = (error as { errcode?: number }).errcode ?? 0
          throw Object.assign(error as Error, { code: NAMES[number & 0xff] ?? 'SQLITE_ERROR' })
        }
      },
      close: () => db.close(),
    }
  }
}
