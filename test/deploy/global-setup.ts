import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Gives the tests a folder for temporary files, and deletes it with all that they, or a deployment that was killed, left. */
export default async function setup() {
  const folder = await mkdtemp(join(tmpdir(), "vestibule-"))
  process.env.TMPDIR = folder
  return () => rm(folder, { recursive: true, force: true })
}
