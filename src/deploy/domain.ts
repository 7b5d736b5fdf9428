import type { Account } from "./account.ts"
import type { Options } from "./options.ts"
import { requireConsent } from "./questions.ts"
import { type Item, readOr, StepError, type Tools } from "./tools.ts"

export type Zone = { id: string; name: string }

/** The zone of the account that a domain belongs to. */
export async function findZone(tools: Tools, account: Account, domain: string, flag: string): Promise<Zone> {
  const labels = domain.split(".")
  for (let start = 0; start <= labels.length - 2; start++) {
    const name = labels.slice(start).join(".")
    const [zone] = await tools.read(`/zones?name=${name}&account.id=${account.id}`)
    if (!zone?.id) continue
    if (zone.status === "active") return { id: zone.id, name }
    throw new StepError(
      `The zone ${name} isn't active yet.`,
      `Enter Cloudflare's name servers at your registrar, as https://dash.cloudflare.com/${account.id}/${name} says. Then run the same command again.`,
    )
  }
  throw new StepError(
    `The account ${account.name} has no zone for ${domain}.`,
    `Add the domain at https://dash.cloudflare.com/${account.id}/add-site, or choose another with ${flag}.`,
  )
}

type Wanted = { account: Account; zone: Zone; worker: string; host: string }

/**
 * Checks that the Worker can take the domain: no other Worker has it, no DNS record is there, and it is the domain that the Worker had
 * before. Wrangler, run by a program, would replace all three without a question. Returns what it found.
 */
export async function checkDomain(tools: Tools, options: Options, wanted: Wanted): Promise<string> {
  const { account, zone, worker, host } = wanted
  const [current] = await tools.read(`/accounts/${account.id}/workers/domains?hostname=${host}`)
  if (current && current.service !== worker) {
    throw new StepError(
      `${host} is the domain of the Worker ${current.service}.`,
      "Remove it there first (Settings → Domains & Routes), or choose another with --domain.",
    )
  }
  const attached = await tools.read(`/accounts/${account.id}/workers/domains?service=${worker}`)
  const previous = attached.map(({ hostname }) => hostname).find((name) => name !== host)
  if (previous) {
    await requireConsent(
      tools,
      options.changesDomain,
      `So far ${worker} is served at ${previous}. Passkeys belong to that domain: at ${host} nobody can sign in with one, and people whose only factor is a passkey need a reset. Links in emails that were sent stop working, too.`,
      "--change-domain",
    )
  }
  if (current) return `${host} belongs to ${worker} already`
  await checkDns(tools, options, zone, host)
  return `${host} is free, in the zone ${zone.name}`
}

async function checkDns(tools: Tools, options: Options, zone: Zone, host: string) {
  const records = await readOr(tools, `/zones/${zone.id}/dns_records?name=${host}`, [401, 403], undefined)
  const taken = records?.filter(({ type }) => ["A", "AAAA", "CNAME"].includes(String(type))).map(describeRecord)
  if (taken && taken.length === 0) return
  const warning = taken
    ? `${host} has DNS records, which would be replaced: ${taken.join(", ")}`
    : `This login can't see whether ${host} has a DNS record. If there is one, it would be replaced.`
  await requireConsent(tools, options.replacesDns, warning, "--replace-dns")
}

const describeRecord = ({ type, content }: Item) => `${type} ${content}`
