import { existsSync, statfsSync } from "node:fs"

const MEMORY = "/dev/shm"
const NEEDED_BYTES = 512 * 1024 * 1024

/** Stores test data in memory if there is room, because on a disk each commit waits for the write. */
export function storeInMemory() {
  if (!existsSync(MEMORY)) return
  const { bavail, bsize } = statfsSync(MEMORY)
  if (bavail * bsize >= NEEDED_BYTES) process.env.TMPDIR = MEMORY
}
