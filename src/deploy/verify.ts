import { randomBytes } from "node:crypto"
import type { Client, ResellerWithInvite } from "../../.generated/client-source/index.ts"
import type { Account } from "./account.ts"
import { addressProblem, answer } from "./questions.ts"
import { loadClient, throwRefusal } from "./reseller.ts"
import { StepError, type Tools } from "./tools.ts"

const POLL_MS = 5_000
/** Cloudflare issues the certificate of a new domain within minutes. */
const DOMAIN_WAIT_MS = 15 * 60_000
const READY_WAIT_MS = 3 * 60_000
const MAIL_WAIT_MS = 10 * 60_000
const CLOCK_SKEW_MS = 10 * 60_000

/** Repeats `attempt` until it has a result, for a limited time. `undefined` if it never has. */
async function poll<T>(tools: Tools, limitMs: number, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = tools.now() + limitMs
  for (let attempts = 1; ; attempts++) {
    const result = await attempt()
    if (result !== undefined || tools.now() >= end) return result
    if (attempts === 2) tools.say(`  … waiting, up to ${limitMs / 60_000} minutes`)
    await tools.wait(POLL_MS)
  }
}

/** Waits until the domain serves a page of this Worker. */
export async function checkPage(tools: Tools, baseUrl: string, config: string): Promise<string> {
  const url = `${baseUrl}/sign-in`
  let last = "nothing answers"
  const isServed = await poll(tools, DOMAIN_WAIT_MS, async () => {
    const response = await request(tools, url)
    last = typeof response === "string" ? response : `status ${response.status}`
    return typeof response !== "string" && response.status === 200 ? true : undefined
  })
  if (isServed) return `${url} answers`
  throw new StepError(
    `${url} doesn't answer as it should: ${last}.`,
    `See whether the domain's certificate is active (Workers → the Worker → Settings → Domains & Routes), and what ${tail(config)} shows. Then run the same command again.`,
    `GET ${url}`,
  )
}

/** The command that shows what the Worker logs. */
const tail = (config: string) => `\`npx wrangler tail --config ${config}\``

/** A trigger that is new fires for the first time after as much as a quarter of an hour. */
const CRON_WAIT_MS = 20 * 60_000

/** Waits until the Worker says that its settings, bindings and database are as they should be. */
export async function checkReadiness(tools: Tools, baseUrl: string): Promise<string> {
  await waitForReadiness(tools, baseUrl, READY_WAIT_MS, (name) => name !== "cron")
  return "settings, bindings, database and migrations are in order"
}

/** Waits until the cron trigger has fired. */
export async function checkCron(tools: Tools, baseUrl: string): Promise<string> {
  await waitForReadiness(tools, baseUrl, CRON_WAIT_MS, () => true)
  return "the trigger fires"
}

type Readiness = { checks: Record<string, { ok: boolean; problem?: string }> }

async function waitForReadiness(tools: Tools, baseUrl: string, limitMs: number, isAwaited: (name: string) => boolean) {
  const url = `${baseUrl}/readyz`
  let problem = "nothing answers"
  const isReady = await poll(tools, limitMs, async () => {
    const response = await request(tools, url)
    if (typeof response === "string") problem = response
    else {
      const body = await response.json<Partial<Readiness>>().catch(() => undefined)
      const failed = Object.entries(body?.checks ?? {}).filter(([name, { ok }]) => !ok && isAwaited(name))
      if (body?.checks && failed.length === 0) return true
      problem = failed.map(([name, check]) => `${name}: ${check.problem}`).join("; ") || `status ${response.status}`
    }
    return undefined
  })
  if (isReady) return
  throw new StepError(
    `The Worker isn't ready: ${problem}`,
    "Correct that, and run the same command again.",
    `GET ${url}`,
  )
}

/** The response, or why there is none. */
async function request(tools: Tools, url: string): Promise<Response | string> {
  try {
    return await tools.fetch(url, { redirect: "manual", signal: AbortSignal.timeout(15_000) })
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    return cause instanceof Error ? cause.message : String(cause)
  }
}

type MailCheck = {
  account: Account
  client: Client
  reseller: ResellerWithInvite
  sender: string
  domain: string
  testAddress: string
  /** The configuration of wrangler. */
  config: string
}

/** The address that gets a test email with every deployment. The Admins of later resellers are strangers to it. */
export async function chooseTestAddress(tools: Tools, known: string | undefined): Promise<string> {
  return answer(tools, {
    text: "Which address gets a test email with every deployment?",
    flag: "--test-address",
    value: known,
    problem: addressProblem,
  })
}

/**
 * Waits until an email is reported as delivered: the invite to the test address if it is on its way, else one that we send. Either goes
 * the whole way back: Email Service, the queue of events, the Worker, its database.
 */
export async function checkEmail(tools: Tools, check: MailCheck): Promise<string> {
  const { email_status: status, contact_email: address } = check.reseller.admin_invite ?? {}
  const isUnderway = status === "queued" || status === "sent" || status === "deferred"
  return isUnderway && address === check.testAddress ? waitForInvite(tools, check) : sendTestEmail(tools, check)
}

/**
 * Waits until the API of another provider takes the invite, if it is on its way. Nothing else is sent: only Email Service takes emails
 * from a command.
 */
export async function checkEmailApi(
  tools: Tools,
  { url, client, reseller }: Pick<MailCheck, "client" | "reseller"> & { url: string },
): Promise<string> {
  const { email_status: before, contact_email: invited } = reseller.admin_invite ?? {}
  if (before === "failed" || before === "bounced") throw cameBack(reseller.id, invited, before)
  if (before !== "queued") return `none: ${url}/operator says whether the API takes emails`
  const { status, address } = await followInvite(tools, { client, reseller }, (current) => current !== "queued")
  if (status === "failed" || status === "bounced") throw cameBack(reseller.id, address, status)
  if (status !== "queued") return `the API took the invite to ${address}`
  throw new StepError(`The invite to ${address} wasn't sent.`, `${url}/operator says why, and the README what to do.`)
}

/** The status of the email of a reseller's first invite, once it is as it should be or we have waited for it long enough. */
async function followInvite(
  tools: Tools,
  { client, reseller }: Pick<MailCheck, "client" | "reseller">,
  isAwaited: (status: string) => boolean,
) {
  const { getReseller } = await loadClient()
  let invite = reseller.admin_invite
  await poll(tools, MAIL_WAIT_MS, async () => {
    invite = (await getReseller(client, reseller.id).catch(throwRefusal)).admin_invite
    return invite && isAwaited(invite.email_status ?? "") ? true : undefined
  })
  return { status: invite?.email_status, address: invite?.contact_email }
}

const cameBack = (resellerId: string, address: string | undefined, status: string) =>
  new StepError(
    `The invite to ${address} came back (${status}).`,
    `Invite the Admin at an address that works: POST /api/v1/resellers/${resellerId}/admin_invites, as the README shows.`,
  )

const FINAL_STATUSES = ["delivered", "bounced", "complained", "failed"]

async function waitForInvite(tools: Tools, check: MailCheck): Promise<string> {
  const { reseller, domain, config } = check
  const { status, address } = await followInvite(tools, check, (current) => FINAL_STATUSES.includes(current))
  switch (status) {
    case "delivered":
      return `the invite to ${address} was delivered`
    case "bounced":
    case "complained":
    case "failed":
      throw cameBack(reseller.id, address, status)
    case "sent":
    case "deferred":
      throw new StepError(
        `The invite to ${address} was sent, but nothing says that it was delivered.`,
        eventAdvice(domain, config),
      )
    default:
      throw new StepError(
        `The invite to ${address} wasn't sent.`,
        `See whether Email Service may send from ${domain}: \`npx wrangler email sending settings ${domain}\`. ${tail(config)} shows what it answers.`,
      )
  }
}

/** Sends an email as the Worker would, and looks into its database for the event that says what became of it. */
async function sendTestEmail(tools: Tools, check: MailCheck): Promise<string> {
  const { account, sender, domain, testAddress: address, config } = check
  const since = Date.now() - CLOCK_SKEW_MS
  const subject = `Vestibule was deployed (${randomBytes(4).toString("hex")})`
  const text = "This email shows that emails from Vestibule arrive."
  const content = ["--subject", subject, "--text", text]
  await tools.wrangler(["email", "sending", "send", "--from", sender, "--to", address, ...content], account)

  const query = `SELECT type FROM email_events WHERE received_at >= ${since} AND json_extract(payload, '$.payload.subject') = '${subject}' AND status <> 'deferred'`
  const execute = ["d1", "execute", "DB", "--remote", "--config", config, "--json", "--command", query]
  const type = await poll(tools, MAIL_WAIT_MS, async () => {
    const output = await tools.wrangler(execute)
    const [event] = JSON.parse(output.slice(output.indexOf("["))).flatMap(({ results }: QueryResult) => results)
    return event?.type
  })
  if (type === "cf.email.sending.message.delivered") return `the test email to ${address} was delivered`
  if (type)
    throw new StepError(
      `The test email to ${address} came back: ${type}.`,
      "Choose an address that works with --test-address.",
    )
  throw new StepError(
    `The test email to ${address} was sent, but nothing says that it was delivered.`,
    eventAdvice(domain, config),
  )
}

type QueryResult = { results: { type: string }[] }

const eventAdvice = (domain: string, config: string) =>
  `See whether the DNS records of ${domain} are there (\`npx wrangler email sending dns get ${domain}\`), whether the address exists and isn't full, and what ${tail(config)} shows. Then run the same command again.`
