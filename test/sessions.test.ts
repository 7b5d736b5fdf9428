import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { deleteEndedSessions } from "../src/domain/identity/sessions.ts"
import { createDeps } from "../src/http/bindings.ts"
import { app } from "../src/local/app.ts"
import { de } from "../src/text/de.ts"
import { describeDevice, describePlace } from "../src/text/devices.ts"
import { en } from "../src/text/en.ts"
import {
  addStaff,
  Browser,
  count,
  createReseller,
  invite,
  latestRegistrationLink,
  ORIGIN,
  PASSWORD,
  REGISTRATION_FORM,
  signIn,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"
import { visibleText } from "./support/visible-text.ts"

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
const EDGE =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"

const text = async (response: Response) => visibleText(await response.text())

async function createDana() {
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" })
  return { resellerId, userId }
}

const isSignedIn = async (browser: Browser) => (await browser.get("/profile")).status === 200

/** Signs in from a place, as Cloudflare reports it. */
async function signInFrom(cf: { city: string; country: Iso3166Alpha2Code }, userAgent: string) {
  const context = createExecutionContext()
  const request = new Request(`${ORIGIN}/sign-in`, {
    method: "POST",
    headers: { Origin: ORIGIN, "User-Agent": userAgent, "X-Forwarded-For": "203.0.113.7" },
    body: new URLSearchParams({ email: "admin@acme.example", password: PASSWORD }),
    cf: { ...cf } as IncomingRequestCfProperties,
  })
  const response = await app.fetch(request, testEnv, context)
  await waitOnExecutionContext(context)
  expect(response.status).toBe(303)
}

describe("the list of sessions", () => {
  it("names the device and the approximate place, and stores no IP address", async () => {
    const { userId } = await createDana()
    await signInFrom({ city: "Lyon", country: "FR" }, FIREFOX)
    const page = await text(await (await signInAs(userId)).get("/profile"))
    expect(page).toContain("Firefox on Windows Near Lyon, France Last used today Sign out")
    expect(page).toContain("Unknown device Unknown place This session")
    expect(await count("sessions", "coalesce(ip_address, '') <> ''")).toBe(0)
  })

  it("ends one of the person's sessions, or all others", async () => {
    const { userId } = await createDana()
    const [browser, second, third] = [await signInAs(userId), await signInAs(userId), await signInAs(userId)]
    const page = await (await browser.get("/profile")).text()
    const [first = ""] = /\/profile\/sessions\/[^/"]+\/removal/.exec(page) ?? []
    expect((await browser.post(first)).headers.get("Location")).toBe("/profile?flash=session_ended")
    expect((await browser.post(first)).status).toBe(404)
    expect(await count("sessions")).toBe(2)
    expect((await browser.post("/profile/sessions/removal")).headers.get("Location")).toBe(
      "/profile?flash=other_sessions_ended",
    )
    expect([await isSignedIn(browser), await isSignedIn(second), await isSignedIn(third)]).toEqual([true, false, false])
    expect(await count("audit_log", "action = 'staff.sessions_ended'")).toBe(1)
  })

  it("leaves out sessions that have ended", async () => {
    const { userId } = await createDana()
    const browser = await signInAs(userId)
    await signInAs(userId)
    expect(await text(await browser.get("/profile"))).toContain("Sign out everywhere else")
    const isOther = "rowid = (SELECT max(rowid) FROM sessions)"
    for (const ended of ["expires_at = 1", "expires_at = 4102444800000, updated_at = 1"]) {
      await env.DB.prepare(`UPDATE sessions SET ${ended} WHERE ${isOther}`).run()
      expect(await text(await browser.get("/profile"))).not.toContain("Sign out everywhere else")
    }
  })

  it("ends no session of someone else", async () => {
    const { userId, resellerId } = await createDana()
    const dana = await signInAs(userId)
    const robin = await addStaff(resellerId, { name: "Robin Hale", email: "robin@acme.example", role: "admin" })
    const id = await env.DB.prepare("SELECT id FROM sessions").first<string>("id")
    expect((await (await signInAs(robin.userId)).post(`/profile/sessions/${id}/removal`)).status).toBe(404)
    expect(await isSignedIn(dana)).toBe(true)
  })
})

describe("a session", () => {
  it("ends after 30 days, even in daily use", async () => {
    const browser = await signInAs((await createDana()).userId)
    for (let day = 0; day < 29; day++) {
      travel({ days: 1 })
      expect([day, await isSignedIn(browser)]).toEqual([day, true])
    }
    travel({ days: 1, seconds: 1 })
    expect(await isSignedIn(browser)).toBe(false)
  })

  it("ends after a week without use", async () => {
    const browser = await signInAs((await createDana()).userId)
    travel({ days: 7, seconds: -1 })
    expect(await isSignedIn(browser)).toBe(true)
    travel({ days: 7, seconds: 1 })
    expect(await isSignedIn(browser)).toBe(false)
  })

  it("records its last use by the hour", async () => {
    const browser = await signInAs((await createDana()).userId)
    const lastUsed = () => env.DB.prepare("SELECT updated_at AS at FROM sessions").first<number>("at")
    const start = await lastUsed()
    travel({ minutes: 59 })
    await browser.get("/")
    expect(await lastUsed()).toBe(start)
    travel({ minutes: 2 })
    await browser.get("/")
    expect(await lastUsed()).toBe(Date.now())
  })

  it("ends when the same browser signs in again", async () => {
    await createDana()
    const browser = await signIn("admin@acme.example")
    expect((await browser.post("/sign-in", { email: "admin@acme.example", password: PASSWORD })).status).toBe(303)
    expect([await isSignedIn(browser), await count("sessions")]).toEqual([true, 1])
  })

  it("is deleted after it has ended, in batches of 500", async () => {
    const { userId } = await createDana()
    const browser = await signInAs(userId)
    await env.DB.prepare(
      `INSERT INTO sessions (id, user_id, token, expires_at, created_at, updated_at)
       SELECT 's' || value, ?, 't' || value, iif(value % 2, 0, 4102444800000), 0, iif(value % 2, 4102444800000, 0)
       FROM json_each(?)`,
    )
      .bind(userId, JSON.stringify(Array.from({ length: 900 }, (_, n) => n)))
      .run()
    const deps = createDeps(testEnv, () => undefined)
    await deleteEndedSessions(deps)
    expect(await count("sessions")).toBe(401)
    await deleteEndedSessions(deps)
    expect([await count("sessions"), await isSignedIn(browser)]).toEqual([1, true])
  })
})

describe("an Admin", () => {
  it.each(["staff", "member"] as const)("signs a colleague of kind %s out everywhere", async (kind) => {
    const { browser: admin } = await signInStaff()
    let actor = admin
    if (kind === "member") {
      await invite(admin)
      actor = new Browser()
      await actor.post(await latestRegistrationLink(), REGISTRATION_FORM)
    }
    const list = kind === "staff" ? "/settings/staff" : "/account"
    const role = kind === "staff" ? "support" : "member"
    await actor.post(`${list}/invites/new`, { contact_name: "Sam Reyes", contact_email: "sam@people.example", role })
    const sam = new Browser()
    await sam.post(await latestRegistrationLink(), REGISTRATION_FORM)
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'sam@people.example'").first<string>("id")
    const path = `${list}/people/${id}`
    const page = await (await actor.get(path)).text()
    expect(page).toContain(`action="${path}/sessions/removal`)
    expect((await sam.post(`${path}/sessions/removal`)).status).toBe(403)
    expect(await isSignedIn(sam)).toBe(true)
    const response = await actor.post(`${path}/sessions/removal`)
    expect(response.headers.get("Location")).toBe(`${list}?flash=person_signed_out`)
    expect([await isSignedIn(sam), await isSignedIn(actor)]).toEqual([false, true])
    await actor.post(`${path}/sessions/removal`)
    expect(await count("audit_log", `action = '${kind}.sessions_ended'`)).toBe(1)
  })

  it("who removes a person ends their sessions, unless they have another account", async () => {
    const { browser: admin, resellerId } = await signInStaff()
    const globex = await createReseller("globex")
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => addStaff(resellerId, { name, email: `${name}@acme.example`, role: "sales" })),
    )
    const userIds = [one?.userId ?? "", two?.userId ?? ""]
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'sales', 0)")
      .bind(userIds[1], globex.resellerId)
      .run()
    const browsers = await Promise.all(userIds.map(signInAs))
    for (const id of userIds) expect((await admin.post(`/settings/staff/people/${id}/removal`)).status).toBe(303)
    expect(await Promise.all(browsers.map(isSignedIn))).toEqual([false, true])
    expect(await count("sessions", `user_id = '${userIds[0]}'`)).toBe(0)
  })

  it("can't sign out a person who has another account, whose sessions those are too; removing them ends the access", async () => {
    const { browser: admin, resellerId } = await signInStaff()
    const globex = await createReseller("globex")
    const { userId } = await addStaff(globex.resellerId, { name: "Kim", email: "kim@globex.example", role: "admin" })
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'sales', 0)")
      .bind(userId, resellerId)
      .run()
    const kim = await signInAs(userId)
    await env.DB.prepare("INSERT INTO pending_sign_ins (id, user_id, attempts, expires_at) VALUES ('p', ?, 0, 9e15)")
      .bind(userId)
      .run()
    const refused = await admin.post(`/settings/staff/people/${userId}/sessions/removal`)
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("also belongs to other acc")])
    expect([await isSignedIn(kim), await count("pending_sign_ins")]).toEqual([true, 1])
    expect(await count("audit_log", "action = 'staff.sessions_ended'")).toBe(0)
    expect((await admin.post(`/settings/staff/people/${userId}/removal`)).status).toBe(303)
    const { results } = await env.DB.prepare("SELECT reseller_id FROM staff WHERE user_id = ?").bind(userId).all()
    expect(results).toEqual([{ reseller_id: globex.resellerId }])
  })

  it("can't end the sessions of people of another account", async () => {
    const { browser: admin } = await signInStaff()
    const globex = await signInStaff("globex")
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'admin@globex.example'").first<string>("id")
    for (const path of ["sessions/removal", "removal"]) {
      expect((await admin.post(`/settings/staff/people/${id}/${path}`)).status).toBe(404)
    }
    await env.DB.prepare("DELETE FROM staff WHERE user_id = ?").bind(id).run()
    expect((await admin.post(`/settings/staff/people/${id}/removal`)).status).toBe(404)
    expect(await isSignedIn(globex.browser)).toBe(true)
  })
})

it("devices and places are in plain words, in the reader's language", () => {
  expect([FIREFOX, SAFARI, EDGE, "curl/8", "", null].map((agent) => describeDevice(en, agent))).toEqual([
    "Firefox on Windows",
    "Safari on iPhone",
    "Edge on macOS",
    "Unknown device",
    "Unknown device",
    "Unknown device",
  ])
  expect(describeDevice(de, FIREFOX)).toBe("Firefox unter Windows")
  expect(describePlace(de, { city: "Lyon", country: "FR" })).toBe("In der Nähe von Lyon, Frankreich")
  expect(describePlace(en, { city: null, country: "FR" })).toBe("France")
  for (const country of ["XX", "T1", "", null]) {
    expect(describePlace(en, { city: null, country })).toBe("Unknown place")
  }
})
