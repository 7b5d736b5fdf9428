import { openBackupFile } from "./backup-file.ts"
import { BackupError } from "./database.ts"
import { isSnapshot } from "./format.ts"
import { readOptions, runCommand, usage } from "./options.ts"
import { type Restored, restoreLines } from "./restore-lines.ts"

// Writes a backup into an empty database that has its migrations: `npm run restore -- --remote FILE`, with the options of backup.ts.
// `--database NAME` creates a database for it. The file is checked before anything is written. If it is interrupted, run it again.

await runCommand(async () => {
  const options = readOptions("restore", process.argv.slice(2))
  if (!options) return console.log(usage("restore"))
  const { file, database: name, open } = options
  const backup = await openBackupFile(file)
  const { header, footer } = backup
  console.log(`The backup was made between ${header.started_at} and ${footer.finished_at}.`)
  const database = await open()
  const restored = await restoreLines(database, backup, console.log).finally(database.close)
  const total = Object.values(footer.counts).reduce((sum, count) => sum + count, 0)
  console.log(`\n${total.toLocaleString("en-US")} rows are restored, and the search indexes are filled.`)
  if (isSnapshot(header, footer)) refuseDifferences(restored)
  else describeDifferences(restored)
  describeConsequences(restored, name)
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

function describeConsequences({ heldEmails }: Restored, database: string | undefined) {
  console.log(`
Links, sessions and webhooks work only with the AUTH_SECRET and LINK_KEYS that they were made with.
What was revoked, changed or ended since the backup is valid again: API keys, people, passwords, sessions.
${heldEmails.toLocaleString("en-US")} emails that waited are held, since they may have been sent since: /operator lists them, and sends them on request.
Emails about a person's own sign-in, reminders and digests that were due are skipped. Imports and bulk actions are paused until somebody resumes them.
`)
  if (database === undefined) return console.log("Check the audit log: npm run audit:verify")
  console.log(`Check the audit log: npm run audit:verify -- --remote --config .wrangler.restore.json
Use the database:    npm run deploy -- --database ${database}   (for staging, add --env staging)`)
}
