import { createHash, type Hash } from "node:crypto"
import { createReadStream, rmSync } from "node:fs"
import { type FileHandle, open, rename, stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip, createGzip } from "node:zlib"
import { BackupError } from "./database.ts"
import { type Footer, type Header, parseChunk, parseHeader, parseRows } from "./format.ts"
import type { Backup } from "./restore-lines.ts"

const CHECKSUM_START = '{"sha256":"'

/** Writes a backup that only its owner can read. The file has its name once it is complete, and never replaces another one. */
export async function writeBackupFile(path: string, lines: AsyncIterable<string>): Promise<Ends> {
  const draft = `${path}.part`
  const file = await createDraft(draft)
  const deleteDraft = () => rmSync(draft, { force: true })
  process.once("exit", deleteDraft)
  for (const signal of SIGNALS) process.once(signal, endProcess)
  try {
    if (await stat(path).catch(() => undefined)) throw new BackupError(`${path} exists already.`)
    const ends: string[] = []
    await pipeline(Readable.from(withChecksum(lines, ends)), createGzip(), file.createWriteStream({ flush: true }))
    await rename(draft, path)
    return { header: JSON.parse(ends[0] ?? ""), footer: JSON.parse(ends[1] ?? "") }
  } finally {
    await file.close()
    deleteDraft()
    process.off("exit", deleteDraft)
    for (const signal of SIGNALS) process.off(signal, endProcess)
  }
}

/** Only one command at a time has a draft of a file. */
async function createDraft(draft: string): Promise<FileHandle> {
  return open(draft, "wx", 0o600).catch((error) => {
    if (codeOf(error) !== "EEXIST")
      throw new BackupError(`${draft} can't be written: ${codeOf(error)}.`, { cause: error })
    throw new BackupError(`${draft} exists: another backup is writing it, or was killed. Delete it in that case.`)
  })
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const
const endProcess = () => process.exit(1)

type Ends = { header: Header; footer: Footer }

/** Adds the checksum. The first and the last line are left in `ends`. */
async function* withChecksum(lines: AsyncIterable<string>, ends: string[]): AsyncGenerator<string> {
  const hash = createHash("sha256")
  for await (const line of lines) {
    ends[ends.length === 0 ? 0 : 1] = line
    hash.update(`${line}\n`)
    yield `${line}\n`
  }
  yield `${JSON.stringify({ sha256: hash.digest("hex") })}\n`
}

/** Reads a whole file and checks it. Throws a `BackupError` if it isn't exactly as it was written. */
export async function openBackupFile(path: string): Promise<Backup> {
  try {
    return await checkBackupFile(path)
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(path, "it isn't JSON")
    throw error
  }
}

async function checkBackupFile(path: string): Promise<Backup> {
  const hash = createHash("sha256")
  const counts: Footer["counts"] = {}
  let header: Header | undefined
  let footer: Footer | undefined
  let sha256: string | undefined
  for await (const line of readLines(path)) {
    if (sha256 !== undefined) throw damaged(path, "it goes on after its end")
    if (line.startsWith(CHECKSUM_START)) {
      sha256 = checked(path, hash, line)
      continue
    }
    hash.update(`${line}\n`)
    const chunk = parseChunk(line)
    if (chunk) counts[chunk.table] = (counts[chunk.table] ?? 0) + parseRows(chunk.json).length
    else if (header) footer = JSON.parse(line)
    header ??= parseHeader(line)
  }
  if (!header || !footer || sha256 === undefined) throw damaged(path, "its end is missing")
  const different = Object.entries(footer.counts).find(([table, count]) => count !== (counts[table] ?? 0))
  if (different) throw damaged(path, `rows of ${different[0]} are missing`)
  return { sha256, header, footer, lines: () => readLines(path) }
}

function checked(path: string, hash: Hash, line: string): string {
  const sha256 = hash.digest("hex")
  if (line !== JSON.stringify({ sha256 })) throw damaged(path, "its checksum is wrong")
  return sha256
}

const damaged = (path: string, reason: string) =>
  new BackupError(`${path} is damaged: ${reason}. Nothing was restored.`)

async function* readLines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  const source = createReadStream(path)
  const unzipped = source.pipe(createGunzip())
  source.on("error", (error) => unzipped.destroy(error))
  let rest = ""
  try {
    for await (const bytes of unzipped) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n")
      rest = lines.pop() ?? ""
      yield* lines
    }
  } catch (error) {
    if (isMissing(error)) throw new BackupError(`There is no file ${path}.`)
    if (isDamage(error)) throw damaged(path, "it can't be unpacked")
    throw error
  } finally {
    source.destroy()
  }
  if (rest) throw damaged(path, "its end is missing")
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "")
const isMissing = (error: unknown) => codeOf(error) === "ENOENT"
const isDamage = (error: unknown) =>
  codeOf(error).startsWith("Z_") || codeOf(error) === "ERR_ENCODING_INVALID_ENCODED_DATA"
