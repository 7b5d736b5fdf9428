import { setTimeout as wait } from "node:timers/promises"
import { afterAll, afterEach, expect, test } from "vitest"
import { chance } from "./chance.ts"
import { addressOf, type House, openHouse } from "./house.ts"
import { startReceiver } from "./start-receiver.ts"
import { note, printTable } from "./table.ts"

const full = process.env.FAULTS === "full"
const size = (small: number, large: number) => (full ? large : small)

/** So long that no sender which lives loses its row to another, however slow the machine. */
const LONG_CLAIM_SECONDS = 60
const SHORT_CLAIM_SECONDS = 5
const LONGEST_PAUSE_BEFORE_KILL_MS = 300
const LONGEST_SENDING_MS = 80 // twice the provider's slowest answer

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(printTable)

test("a provider that fails now and then gets every mail exactly once", async () => {
  const invites = size(50, 1_000)
  const { house, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS })
  house.surroundings.mailFailures = 0.3

  await house.inviteMany(invites)
  await house.settle()

  note("provider fails 30 %", house, invites, started)
  await expectAllSent(house, invites)
  expect(house.surroundings.acceptedTwice).toEqual([])
  expect(house.surroundings.refusedMails).toBeGreaterThan(0)
  expect(house.errors).toEqual([])
})

test("a Worker that is killed over and over loses no mail, and sends one twice only if it was killed between", async () => {
  const invites = size(40, 500)
  const kills = size(3, 10)
  const { house, started } = await setUp({ claimSeconds: SHORT_CLAIM_SECONDS })

  let created = 0
  const creating = house.inviteMany(invites, (now) => {
    created = now
  })
  const killing = killAtRandom(house, kills, invites, () => created)
  await house.sweepBeside(Promise.all([creating, killing]))
  await house.settle()

  const held = await killing
  const again = house.surroundings.acceptances - invites
  note("Worker killed", house, invites, started, `${held} mails in the hands of killed senders, ${again} sent again`)
  expect(house.surroundings.kills).toBe(kills)
  await expectAllSent(house, invites)
  for (const [address, lives] of house.surroundings.acceptedTwice) {
    expect(new Set(lives).size, `${address} in the lives ${lives}`).toBe(lives.length)
  }
  expect(held).toBeGreaterThan(0)
  expect(again, "at most one for each kill").toBeLessThanOrEqual(kills)
  expect(house.errors).toEqual([])
})

test("a queue that delivers each message three times sends no mail twice", async () => {
  const invites = size(30, 300)
  const { house, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS })
  house.surroundings.copiesOfMessages = 3

  await house.inviteMany(invites)
  await house.settle()

  note("messages thrice", house, invites, started)
  await expectAllSent(house, invites)
  expect(house.surroundings.acceptedTwice).toEqual([])
  expect(house.errors).toEqual([])
})

test("mail that no queue took waits in the outbox, and leaves by the sweep once one does", async () => {
  const invites = size(30, 300)
  const { house, started } = await setUp({ claimSeconds: LONG_CLAIM_SECONDS })
  house.surroundings.queuesRefuse = true

  await house.inviteMany(invites)
  await wait(1_500) // until the sweep looks at them
  await house.sweep()
  expect(house.surroundings.refusedNudges).toBeGreaterThan(invites)
  expect(house.surroundings.acceptances).toBe(0)
  expect(await house.query("SELECT status, count(*) AS n FROM outbox GROUP BY status")).toEqual([
    { status: "queued", n: invites },
  ])

  house.surroundings.queuesRefuse = false
  await house.settle()

  note("queues refuse", house, invites, started, `${house.surroundings.refusedNudges} nudges refused`)
  await expectAllSent(house, invites)
  expect(house.surroundings.acceptedTwice).toEqual([])
  expect(house.errors.filter((error) => !error.includes("a queue took no nudge"))).toEqual([])
})

test("a failing receiver gets every event, genuine, over its own failures and a kill of the Worker", async () => {
  const invites = size(15, 200)
  const { house, started } = await setUp({ claimSeconds: SHORT_CLAIM_SECONDS })
  const receiver = await startReceiver()
  closing.push(receiver.stop)
  const events = ["invite.created", "invite.sent"]
  const { secret = "" } = await house.post("/webhooks", { url: receiver.url, events })
  await receiver.knows(secret)

  let created = 0
  const creating = house.inviteMany(invites, (now) => {
    created = now
  })
  await house.sweepBeside(Promise.all([creating, killAtRandom(house, 1, invites, () => created)]))
  await house.settle()

  const posts = await receiver.posts()
  const failed = posts.filter(({ answer }) => answer !== "taken")
  const taken = new Set(
    posts.filter(({ answer }) => answer === "taken").map(({ type, inviteId }) => `${type} ${inviteId}`),
  )
  note(
    "receiver fails 30 %",
    house,
    invites,
    started,
    `${taken.size} events, ${posts.length} posts, ${failed.length} failed`,
  )
  const audited = await house.query<{ event: string }>(
    "SELECT DISTINCT action || ' ' || subject_id AS event FROM audit_log WHERE action IN ('invite.created', 'invite.sent')",
  )
  expect(audited.length).toBe(invites * events.length)
  expect([...taken].sort()).toEqual(audited.map(({ event }) => event).sort())
  expect(new Set(posts.map(({ id }) => id)).size).toBe(audited.length)
  expect(posts.filter(({ isGenuine }) => !isGenuine)).toEqual([])
  expect(failed.length).toBeGreaterThan(0)
  await expectAllSent(house, invites)
  expect(house.errors).toEqual([])
})

async function setUp(options: Parameters<typeof openHouse>[0]) {
  const started = Date.now()
  const house = await openHouse(options)
  closing.push(house.close)
  return { house, started }
}

/**
 * Kills the runtime so many times, at random moments spread over the time in which the invites are made, if it can be while
 * mail is under way. Returns how many mails were claimed by a sender that died.
 */
async function killAtRandom(house: House, kills: number, invites: number, created: () => number): Promise<number> {
  let held = 0
  for (let kill = 0; kill < kills; kill++) {
    const moment = Math.floor(((kill + chance()) / kills) * invites * 0.95)
    for (let looks = 0; created() < moment && looks < 5_000; looks++) await wait(20)
    await wait(chance() * LONGEST_PAUSE_BEFORE_KILL_MS)
    for (let looks = 0; house.surroundings.mailsUnderWay === 0 && looks < 100; looks++) await wait(5)
    await wait(chance() * LONGEST_SENDING_MS)
    await house.kill()
    const [claimed] = await house.query<{ n: number }>(
      "SELECT count(*) AS n FROM outbox WHERE status = 'sending' AND kind <> 'webhook'",
    )
    held += claimed?.n ?? 0
  }
  return held
}

async function expectAllSent({ query, surroundings }: House, invites: number) {
  const rows = await query(
    `SELECT outbox.status, email_status, count(*) AS n FROM invites
    LEFT JOIN outbox ON outbox.invite_id = invites.id AND outbox.kind = 'invite' GROUP BY 1, 2`,
  )
  expect(rows).toEqual([{ status: "sent", email_status: "sent", n: invites }])
  expect([...surroundings.accepted.keys()].sort()).toEqual(
    Array.from({ length: invites }, (_, n) => addressOf(n)).sort(),
  )
}
