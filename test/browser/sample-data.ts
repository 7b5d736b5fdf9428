import { readdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

// A plausible reseller, for pictures.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HISTORY_DAYS = 84
/** How many hours ago each of the invites was sent, the newest first. */
const HOURS_AGO = [0, 1, 2, 4, 7, 23, 27, 31, 50, 74, 98, 120, 140, 160]

type Customer = { company_name: string; contact_name: string; contact_email: string }

const toCustomer = ([company_name, contact_name, contact_email]: [string, string, string]): Customer => ({
  company_name,
  contact_name,
  contact_email,
})

/** The oldest first. */
export const CUSTOMERS = (
  [
    ["Harbourline", "Beth Noor", "beth@harbourline.example"],
    ["Alpine Ski House", "Urs Keller", "urs@alpineski.example"],
    ["Meridian Colo", "Sam Torres", "sam@meridian.example"],
    ["Société Lumière", "Éloïse Lefèvre", "eloise@lumiere.example"],
    ["Tailspin Media", "Jo Blake", "jo@tailspin.example"],
    ["Kestrel Data", "Iris Walsh", "iris@kestrel.example"],
    ["Woodgrove Bank", "Sofia Rossi", "sofia@woodgrove.example"],
    ["Fabrikam Steel", "Ken Mori", "k.mori@fabrikam.example"],
    ["Orchid Networks", "Mei Ling", "mei@orchid.example"],
    ["Adventure Works", "Lena Fischer", "lena@adventure.example"],
    ["Litware", "Ana Costa", "ana@litware.example"],
    ["Peak IX", "Luca Bianchi", "luca@peakix.example"],
    ["Contoso Health", "Marta Silva", "marta@contoso.example"],
    ["Northwind Logistics", "Priya Nair", "priya@northwind.example"],
  ] satisfies [string, string, string][]
).map(toCustomer)

/** What happens to the invites. The contacts of those that are accepted have started to register. */
export const ACCEPTED = ["Meridian Colo", "Kestrel Data", "Fabrikam Steel", "Adventure Works", "Contoso Health"]
export const BOUNCED = "Tailspin Media"
export const DECLINED = "Orchid Networks"
export const OPENED = ["Alpine Ski House", "Woodgrove Bank", "Peak IX"]
export const EXPIRING = "Harbourline"

/** Moves the invites into the past days, and adds what the dashboard counts of the weeks before. */
export function fillHistory(state: string) {
  const db = openDatabase(state)
  const now = Date.now()
  for (const [n, { company_name }] of CUSTOMERS.toReversed().entries()) {
    const ms = (HOURS_AGO[n] ?? 0) * HOUR_MS
    db.prepare(
      `UPDATE invites SET last_sent_at = last_sent_at - ?1, opened_at = opened_at - ?1 * 4 / 5, accepted_at = accepted_at - ?1 * 3 / 4,
       expires_at = expires_at - ?1 WHERE company_name = ?2`,
    ).run(ms, company_name)
  }
  db.prepare("UPDATE invites SET expires_at = ? WHERE company_name = ?").run(now + 30 * HOUR_MS, EXPIRING)
  const day = db.prepare(
    `INSERT INTO invite_days (reseller_id, day, sent, delivered, opened, started, accepted, durations)
     SELECT id, ?, ?, ?, ?, ?, ?, ? FROM resellers WHERE slug = 'acme'`,
  )
  for (let ago = 1; ago <= HISTORY_DAYS; ago++) {
    const sent = Math.round(4 + 2 * Math.sin(ago / 9) + (HISTORY_DAYS - ago) / 24 + ((ago * 7) % 3))
    const delivered = sent - (ago % 4 === 0 ? 1 : 0)
    const opened = Math.round(delivered * 0.8)
    const started = Math.round(delivered * 0.68)
    const accepted = Math.round(delivered * (0.55 + 0.1 * Math.cos(ago / 7)))
    day.run(Math.floor(now / DAY_MS) - ago, sent, delivered, opened, started, accepted, durations(ago))
  }
  db.close()
}

/** Buckets of durations by step: some seconds until the email is delivered, some hours until the invite is accepted. */
const durations = (ago: number) =>
  JSON.stringify(Object.fromEntries([8, 52, 23, 33, 56].map((bucket, n) => [`${n + 1}-${bucket + (ago % 4)}`, 3])))

function openDatabase(state: string): DatabaseSync {
  const folder = join(state, "v3/d1/miniflare-D1DatabaseObject")
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  if (!file) throw new Error(`there is no database in ${folder}`)
  const db = new DatabaseSync(join(folder, file))
  db.exec("PRAGMA busy_timeout = 10000")
  return db
}
