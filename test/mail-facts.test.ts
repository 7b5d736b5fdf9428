import { describe, expect, it, vi } from "vitest"
import { findFacts } from "../src/domain/deployment/facts.ts"
import { emailEventStatement, emailSentStatement, missingEvents } from "../src/domain/deployment/mail-facts.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { createDeps } from "../src/http/bindings.ts"
import { runCronJobs } from "../src/jobs/cron.ts"
import { deploymentFacts } from "../src/storage/schema.ts"
import { CUSTOMER, callApi, count, db, invite, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { createSandbox } from "./support/sandbox.ts"
import { travel, travelTo } from "./support/time.ts"

const NOON = new Date("2026-11-28T12:00:00Z")
const deps = createDeps(testEnv, () => undefined)

const facts = () => db.select().from(deploymentFacts)
const seconds = (at: Date | undefined) => at && (at.getTime() - NOON.getTime()) / 1_000
/** When this was noted last, in seconds after noon. */
const notedAt = async (name: string) => seconds((await facts()).find((fact) => fact.name === name)?.at)
const missingSince = async () => seconds(missingEvents(deps, await findFacts({ db })))
const noteSent = () => emailSentStatement(db, new Date())
const noteEvent = () => emailEventStatement(deps)

describe("an email that leaves", () => {
  it("is noted with its delivery event, whatever it is about", async () => {
    travelTo(NOON)
    const { browser } = await signInStaff()
    await invite(browser)
    await sendDueEmails(async () => ({ messageId: "m1" }))
    expect([await notedAt("email_sent"), await notedAt("email_event")]).toEqual([0, undefined])
    travel({ seconds: 90 })
    await recordDeliveryEvent(deps, { type: "of another program" }, "e1")
    expect(await notedAt("email_event")).toBeUndefined()
    const payload = { eventId: "e2", messageId: "m1" }
    await recordDeliveryEvent(deps, { type: "cf.email.sending.message.delivered", payload }, "e2")
    await browser.post("/forgot-password", { email: "admin@acme.example" })
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual(["admin@acme.example"])
    expect([await notedAt("email_sent"), await notedAt("email_event")]).toEqual([90, 90])
  })

  it("isn't noted if it stays in a sandbox, and neither are its events", async () => {
    const { browser } = await signInStaff()
    const { key } = await createSandbox(browser)
    await callApi({ key, path: "/invites", body: CUSTOMER })
    expect(await sendDueEmails()).toEqual([])
    expect(await count("email_events", "status = 'delivered'")).toBe(1)
    expect(await facts()).toEqual([])
  })

  it("is noted once a minute, and the event after it at once", async () => {
    travelTo(NOON)
    const notes: (number | undefined)[][] = []
    const waits = { sent: 20, later: 30, event: 5, laterEvent: 6, next: 1, nextEvent: 0 }
    for (const [name, wait] of Object.entries(waits)) {
      await (name.endsWith("vent") ? noteEvent() : noteSent())
      notes.push([await notedAt("email_sent"), await notedAt("email_event")])
      travel({ seconds: wait })
    }
    expect(notes).toEqual([
      [0, undefined],
      [0, undefined], // within the minute
      [0, 50],
      [0, 50],
      [61, 50],
      [61, 62],
    ])
  })
})

describe("delivery events", () => {
  it("are missing an hour after the first email if there has never been one", async () => {
    travelTo(NOON)
    expect(await missingSince()).toBeUndefined()
    await noteSent()
    for (const [minutes, since] of [
      [59, undefined],
      [1, 0],
      [600, 0],
    ] as const) {
      travel({ minutes })
      await noteSent()
      expect(await missingSince()).toBe(since)
    }
    await noteEvent()
    expect(await missingSince()).toBeUndefined()
  })

  it("are missing a day after the first email that none followed", async () => {
    travelTo(NOON)
    await noteSent()
    travel({ seconds: 1 })
    await noteEvent()
    travel({ days: 30 })
    expect(await missingSince(), "nothing was sent").toBeUndefined()
    await noteSent()
    const first = await notedAt("email_sent")
    travel({ hours: 20 })
    await noteSent()
    expect(await missingSince()).toBeUndefined()
    travel({ hours: 4 })
    expect(await missingSince()).toBe(first)
    await noteEvent()
    expect(await missingSince()).toBeUndefined()
  })

  it("that are missing are logged once an hour", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => undefined)
    travelTo(NOON)
    await noteSent()
    const linesAfter: number[] = []
    for (const minutes of [30, 30, 1, 58, 1, 60]) {
      travel({ minutes })
      await runCronJobs(deps)
      linesAfter.push(errors.mock.calls.length)
    }
    const lines = errors.mock.calls.map(([line]) => JSON.parse(String(line)))
    expect(linesAfter).toEqual([0, 1, 1, 1, 2, 3])
    expect(lines[0]).toMatchObject({ what: "no delivery events arrive", since: NOON.toISOString() })
    expect(lines[0].error).toContain("vestibule-mail-events")
    await noteEvent()
    travel({ hours: 2 })
    await runCronJobs(deps)
    expect(errors).toHaveBeenCalledTimes(lines.length)
    errors.mockRestore()
  })
})
