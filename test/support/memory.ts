import { existsSync, statfsSync } from "node:fs"

const MEMORY = "/dev/shm"
const NEEDED_BYTES = 512 * 1024 * 1024

/** Keeps what the tests store in memory, where there is room: on a disk each commit waits until it is written. */
export function storeInMemory() {
  if (!existsSync(MEMORY)) return
  const { bavail, bsize } = statfsSync(MEMORY)
  if (bavail * bsize >= NEEDED_BYTES) process.env.TMPDIR = MEMORY
}
