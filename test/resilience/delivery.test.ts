import { setTimeout as wait } from "node:timers/promises"
import { afterAll, afterEach, expect, test, vi } from "vitest"
import { contactEmail, type Harness, startHarness } from "./harness.ts"
import { expectOnlyInFlightTwice } from "./in-flight.ts"
import { random } from "./random.ts"
import { startReceiver } from "./start-receiver.ts"
import { printTable, recordResult } from "./table.ts"

const isFullRun = process.env.FAULTS === "full"
const pickSize = (small: number, large: number) => (isFullRun ? large : small)

/** So long that no running sender loses its claim, however slow the machine is. */
const LONG_CLAIM_SECONDS = 60
const SHORT_CLAIM_SECONDS = 5
/** Of one invocation. The local runtime starts no two for a queue. */
const SENDS_IN_FLIGHT = 6
const MAX_PAUSE_BEFORE_KILL_MS = 300
/** Bulk emails that leave until the queue delivers a single one. */
const MAX_OVERTAKING = 50
const MAX_SENDING_MS = 80 // twice the provider's slowest response

/** What the log says of failures that the tests provoke. */
const PROVIDER_FAILED = "the email provider failed"
const TAKEN_OVER = "a provider refused an email, and another took it"

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})
afterAll(printTable)

test("a provider that fails now and then receives every email exactly once", async () => {
  const invites = pickSize(50, 1_000)
  const { harness, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS })
  harness.services.mailFailureRate = 0.3

  await harness.inviteMany(invites)
  await harness.drainOutbox()

  recordResult("provider fails 30 %", harness, invites, started)
  await expectAllSent(harness, invites)
  expect(harness.services.acceptedTwice).toEqual([])
  expect(harness.services.rejectedMails).toBeGreaterThan(0)
  expect(harness.errors.filter((error) => !error.includes(PROVIDER_FAILED))).toEqual([])
  expect(harness.errors).toHaveLength(harness.services.rejectedMails)
})

test("a second provider that loses answers takes over in the middle, and every email leaves exactly once", async () => {
  const invites = pickSize(50, 500)
  const { harness, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS, mailProviders: "binding http" })
  const { services } = harness
  services.bindingQuota = invites / 2
  services.lostAnswerRate = 0.5

  await harness.inviteMany(invites)
  await harness.drainOutbox()

  recordResult(
    "fail-over",
    harness,
    invites,
    started,
    `${services.posted} by HTTP, ${services.lostAnswers} answers lost`,
  )
  await expectAllSent(harness, invites)
  expect(services.acceptedTwice).toEqual([])
  expect(services.lostAnswers).toBeGreaterThan(0)
  expect(services.posted).toBeGreaterThan(invites / 4)
  const isExpected = (error: string) => [PROVIDER_FAILED, TAKEN_OVER].some((words) => error.includes(words))
  expect(harness.errors.filter((error) => !isExpected(error))).toEqual([])
  expect(harness.errors.some((error) => error.includes(TAKEN_OVER))).toBe(true)
})

test("a Worker that is killed repeatedly loses no email, and repeats only those that were in flight", async () => {
  const invites = pickSize(40, 500)
  const kills = pickSize(3, 10)
  const { harness, started } = await setUp({ claimSeconds: SHORT_CLAIM_SECONDS })

  let created = 0
  const creating = harness.inviteMany(invites, (count) => {
    created = count
  })
  const killing = killAtRandom(harness, kills, invites, () => created)
  await harness.runCronDuring(Promise.all([creating, killing]))
  await harness.drainOutbox()

  const inFlight = await killing
  const inFlightCount = inFlight.reduce((sum, { size }) => sum + size, 0)
  recordResult(
    "Worker killed",
    harness,
    invites,
    started,
    `${inFlightCount} emails in flight at kills, ${harness.services.acceptances - invites} sent again`,
  )
  expect(harness.services.kills).toBe(kills)
  await expectAllSent(harness, invites)
  expectOnlyInFlightTwice(harness, inFlight)
  expect(inFlightCount).toBeGreaterThan(0)
  expect(Math.max(...inFlight.map(({ size }) => size))).toBeLessThanOrEqual(SENDS_IN_FLIGHT)
  expect(harness.services.mostOfOneInvocation).toBeLessThanOrEqual(SENDS_IN_FLIGHT)
  expect(harness.errors).toEqual([])
})

test("a queue that delivers each message three times causes no email to be sent twice", async () => {
  const invites = pickSize(30, 300)
  const { harness, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS })
  harness.services.copiesPerMessage = 3

  await harness.inviteMany(invites)
  await harness.drainOutbox()

  recordResult("duplicate messages", harness, invites, started)
  await expectAllSent(harness, invites)
  expect(harness.services.acceptedTwice).toEqual([])
  expect(harness.errors).toEqual([])
})

test("emails wait in the outbox while queues refuse messages, and a sweep sends them afterwards", async () => {
  const invites = pickSize(30, 300)
  const { harness, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS })
  harness.services.rejectsQueueMessages = true

  await harness.inviteMany(invites)
  await wait(1_500) // until the sweep includes them
  await harness.runCron()
  expect(harness.services.rejectedQueueMessages).toBeGreaterThan(invites)
  expect(harness.services.acceptances).toBe(0)
  expect(await harness.query("SELECT status, count(*) AS n FROM outbox GROUP BY status")).toEqual([
    { status: "queued", n: invites },
  ])

  harness.services.rejectsQueueMessages = false
  await harness.drainOutbox()

  recordResult(
    "queues unavailable",
    harness,
    invites,
    started,
    `${harness.services.rejectedQueueMessages} queue messages refused`,
  )
  await expectAllSent(harness, invites)
  expect(harness.services.acceptedTwice).toEqual([])
  expect(harness.errors.filter((error) => !error.includes("could not send to a queue"))).toEqual([])
})

test("a failing webhook receiver gets every event with a valid signature, even if the Worker is killed", async () => {
  const invites = pickSize(15, 200)
  const { harness, started } = await setUp({ claimSeconds: SHORT_CLAIM_SECONDS })
  const receiver = await startReceiver()
  cleanups.push(receiver.stop)
  const events = ["invite.created", "invite.sent"]
  const { secret = "" } = await harness.post("/webhooks", { url: receiver.url, events })
  await receiver.setSecret(secret)

  let created = 0
  const creating = harness.inviteMany(invites, (count) => {
    created = count
  })
  await harness.runCronDuring(Promise.all([creating, killAtRandom(harness, 1, invites, () => created)]))
  await harness.drainOutbox()

  const posts = await receiver.listEvents()
  const failed = posts.filter(({ outcome }) => outcome !== "accepted")
  const acceptedEvents = new Set(
    posts.filter(({ outcome }) => outcome === "accepted").map(({ type, inviteId }) => `${type} ${inviteId}`),
  )
  recordResult(
    "receiver fails 30 %",
    harness,
    invites,
    started,
    `${acceptedEvents.size} events, ${posts.length} posts, ${failed.length} failed`,
  )
  const audited = await harness.query<{ event: string }>(
    "SELECT DISTINCT action || ' ' || subject_id AS event FROM audit_log WHERE action IN ('invite.created', 'invite.sent') AND subject_id IN (SELECT id FROM invites)",
  )
  expect(audited.length).toBe(invites * events.length)
  expect([...acceptedEvents].sort()).toEqual(audited.map(({ event }) => event).sort())
  expect(new Set(posts.map(({ id }) => id)).size).toBe(audited.length)
  expect(posts.filter(({ isGenuine }) => !isGenuine)).toEqual([])
  expect(failed.length).toBeGreaterThan(0)
  await expectAllSent(harness, invites)
  expect(harness.errors).toEqual([])
})

test("a reseller's thousands of bulk emails hold up neither a single email nor another's bulk emails", async () => {
  const [many, few, single] = [2_000, 10, 1_000]
  const { harness, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS, mailsPerSecond: 10 })
  const { services } = harness
  services.responseMs = 200
  const countBefore = (address: string) => services.order.indexOf(address)
  const until = (isDone: () => boolean) => vi.waitUntil(isDone, { timeout: 80_000, interval: 20 })

  await harness.enqueueBulk("acme", many, 0)
  await harness.enqueueBulk("globex", few, 1)
  await until(() => services.order.length >= 20)
  const acceptedBefore = services.order.length
  await harness.invite(single, "globex")
  await until(() => services.accepted.has(contactEmail(single)))
  const bulkOfGlobex = Array.from({ length: few }, (_, n) => `globex-${n}@customer.example`)
  await until(() => bulkOfGlobex.every((address) => services.accepted.has(address)))

  const overtaking = countBefore(contactEmail(single)) - acceptedBefore
  const [first, last] = [Math.min(...bulkOfGlobex.map(countBefore)), Math.max(...bulkOfGlobex.map(countBefore))]
  const extra = `${overtaking} emails before the single one, ${first} and ${last} before the others' first and last`
  recordResult("2,000 bulk emails", harness, many, started, extra)
  expect(overtaking).toBeLessThanOrEqual(MAX_OVERTAKING)
  expect(last).toBeLessThanOrEqual(many / 2)
  expect(services.mostOfOneInvocation).toBeLessThanOrEqual(SENDS_IN_FLIGHT)
  expect(services.acceptedTwice).toEqual([])
  expect(harness.errors).toEqual([])
})

async function setUp(options: Parameters<typeof startHarness>[0]) {
  const started = Date.now()
  const harness = await startHarness(options)
  cleanups.push(harness.close)
  return { harness, started }
}

/**
 * Kills the runtime `kills` times, at random moments while the invites are created, and if possible while email is being
 * sent. Returns the addresses whose emails were in flight at each kill.
 */
async function killAtRandom(
  harness: Harness,
  kills: number,
  invites: number,
  created: () => number,
): Promise<Set<string>[]> {
  const inFlight: Set<string>[] = []
  for (let kill = 0; kill < kills; kill++) {
    const killAfter = Math.floor(((kill + random()) / kills) * invites * 0.95)
    for (let checks = 0; created() < killAfter && checks < 5_000; checks++) await wait(20)
    await wait(random() * MAX_PAUSE_BEFORE_KILL_MS)
    for (let checks = 0; harness.services.inProgress.size === 0 && checks < 100; checks++) await wait(5)
    await wait(random() * MAX_SENDING_MS)
    inFlight.push(await harness.kill())
  }
  return inFlight
}

async function expectAllSent({ query, services }: Harness, invites: number) {
  const rows = await query(
    `SELECT outbox.status, email_status, count(*) AS n FROM invites
    LEFT JOIN outbox ON outbox.invite_id = invites.id AND outbox.kind = 'invite' GROUP BY 1, 2`,
  )
  expect(rows).toEqual([{ status: "sent", email_status: "sent", n: invites }])
  expect([...services.accepted.keys()].sort()).toEqual(
    Array.from({ length: invites }, (_, n) => contactEmail(n)).sort(),
  )
}
