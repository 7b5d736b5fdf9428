import { openBackupFile } from "./backup-file.ts"
import { BackupError } from "./database.ts"
import { isSnapshot } from "./format.ts"
import { readOptions, runCommand } from "./options.ts"
import { type Restored, restoreLines } from "./restore-lines.ts"

// Writes a backup into an empty database that has its migrations: `npm run restore -- --remote FILE`, with the options of backup.ts. The
// file is checked before anything is written. If it is interrupted, run it again.

await runCommand(async () => {
  const { file, open } = readOptions("restore", process.argv.slice(2))
  const backup = await openBackupFile(file)
  const { header, footer } = backup
  console.log(`The backup was made between ${header.started_at} and ${footer.finished_at}.`)
  const database = await open()
  const restored = await restoreLines(database, backup, console.log).finally(database.close)
  const total = Object.values(footer.counts).reduce((sum, count) => sum + count, 0)
  console.log(`\n${total.toLocaleString("en-US")} rows are restored, and the search indexes are filled.`)
  if (isSnapshot(header, footer)) refuseDifferences(restored)
  else describeDifferences(restored)
  describeConsequences(restored)
})

/** A backup of one moment leaves nothing out. */
function refuseDifferences({ leftOut }: Restored) {
  if (Object.keys(leftOut).length > 0) throw new BackupError(`Rows are missing: ${list(leftOut)}.`)
}

function list(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([table, count]) => `${table} ${count}`)
  return parts.join(", ") || "none"
}

function describeDifferences({ leftOut, corrected, incomplete }: Restored) {
  console.log(
    `Left out, because what they belong to was deleted while the backup was read, or another row replaced them: ${list(leftOut)}.`,
  )
  console.log(`Corrected counters and copies: ${list(corrected)}.`)
  if (incomplete.length === 0) return
  console.log(
    `These invites were accepted while the backup was read, and lack their customer or its Admin: ${incomplete.join(", ")}.`,
  )
}

function describeConsequences({ waitingMessages }: Restored) {
  console.log(`
Links, sessions and webhooks work only with the AUTH_SECRET and LINK_KEYS that they were made with.
What was revoked, changed or ended since the backup is valid again: API keys, people, passwords, sessions.
${waitingMessages} emails and webhook deliveries wait. They are sent once a Worker uses this database, even if they were sent since the backup.
Check the audit log: npm run audit:verify`)
}
