import { writeBackupFile } from "./backup-file.ts"
import { backupLines } from "./backup-lines.ts"
import { isSnapshot } from "./format.ts"
import { readOptions, runCommand, usage } from "./options.ts"

// Writes all rows of a database to a file: `npm run backup -- --remote FILE`, or `--local`. `--config` names the configuration that has
// the database, if it isn't that of production; `--persist-to` the folder of a local one. `wrangler d1 export` refuses databases with search indexes.

await runCommand(async () => {
  const options = readOptions("backup", process.argv.slice(2))
  if (!options) return console.log(usage("backup"))
  const { file, open } = options
  const database = await open()
  const report = (table: string, count: number) =>
    console.log(`${table.padEnd(24)}${count.toLocaleString("en-US").padStart(14)}`)
  const { header, footer } = await writeBackupFile(file, backupLines(database, report)).finally(database.close)
  console.log(
    `\n${file} is complete. It has personal data and hashes of passwords. It doesn't have the secrets of the deployment: keep those, too.`,
  )
  console.log(
    isSnapshot(header, footer)
      ? "Nothing was written meanwhile: it is the database as it was at one moment."
      : "Rows are as they were when they were read, between the start and the end. For one exact moment, use Time Travel.",
  )
  if (header.bookmark) console.log(`Bookmarks of Time Travel: ${header.bookmark} before, ${footer.bookmark} after.`)
})
