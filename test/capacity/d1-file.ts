import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

// What D1 doesn't tell: how many bytes each table and index has, and how much of the file is free. Read from a copy of the file.

const folderOf = (state: string) => join(state, "d1/miniflare-D1DatabaseObject")

/** The files of the databases that were used so far. */
export async function databaseFiles(state: string): Promise<string[]> {
  const names = await readdir(folderOf(state)).catch(() => [])
  return names
    .filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite")
    .map((name) => join(folderOf(state), name))
}

/** Bytes of a database's pages by the table that they belong to, with its indexes; nothing may write to it meanwhile. */
export async function bytesByTable(file: string): Promise<Map<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), "vestibule-capacity-"))
  const copy = join(folder, "copy.sqlite")
  try {
    await copyFile(file, copy)
    await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => undefined)
    const db = new DatabaseSync(copy)
    const rows = db
      .prepare(
        `SELECT coalesce(tbl_name, 'sqlite_schema') AS name, sum(pgsize) AS bytes FROM dbstat LEFT JOIN sqlite_schema USING (name)
         GROUP BY 1`,
      )
      .all()
    db.close()
    return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
