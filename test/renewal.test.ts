import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

/** An invite that was resent: its old link, and the newest one. */
async function createResent() {
  const { browser } = await signInStaff()
  const id = await invite(browser)
  const oldLink = await latestRegistrationLink()
  travel({ minutes: 2 })
  const resend = async () => (await browser.post(`/customers/invites/${id}/resends`)).status
  expect(await resend()).toBe(303)
  return { browser, id, resend, oldLink, newestLink: await latestRegistrationLink() }
}

const renew = (link: string) => new Browser().post(`${link}/renewal`)

it("someone with an old link can't make the newest one useless: it is sent again, and stays valid as long as before", async () => {
  const { browser, id, oldLink, newestLink } = await createResent()
  const stored = () =>
    env.DB.prepare("SELECT link_version, expires_at, remind_at, send_count, email_status FROM invites").first()
  const before = await stored()
  const response = await renew(oldLink)
  expect([response.status, await response.text()]).toEqual([
    202,
    expect.stringMatching(/The newest link is on its way.*We&#39;re sending it again to p••••@n••••••••\.example/s),
  ])
  expect((await sendDueEmails()).map(registrationLinkIn)).toEqual([newestLink])
  expect(await stored()).toEqual({ ...before, send_count: 3 })
  expect(await (await browser.get(`/customers/invites/${id}`)).text()).toContain("newest link sent again to")
  expect((await new Browser().post(newestLink, REGISTRATION_FORM)).status).toBe(303)
})

it("a reminder stays due when the newest link is sent again", async () => {
  const { oldLink } = await createResent()
  await env.DB.prepare("UPDATE invites SET remind_at = 4102444800000").run()
  expect((await renew(oldLink)).status).toBe(202)
  expect(await count("invites", "remind_at = 4102444800000")).toBe(1)
})

it("a newest link that is still to be sent isn't sent twice", async () => {
  const { oldLink, resend } = await createResent()
  travel({ minutes: 2 })
  expect(await resend()).toBe(303)
  for (let time = 0; time < 3; time++) expect((await renew(oldLink)).status).toBe(202)
  expect(await sendDueEmails()).toHaveLength(1)
  expect(await count("audit_log", "action = 'invite.link_repeated'")).toBe(0)
})

it("renewals have their own wait and five a day, and resends by staff theirs", async () => {
  const { oldLink, resend } = await createResent()
  expect((await renew(oldLink)).status).toBe(202) // right after a resend
  expect(await sendDueEmails()).toHaveLength(1)
  const early = await renew(oldLink)
  expect([early.status, await early.text()]).toEqual([429, expect.stringContaining("We sent you a link a moment ago")])
  for (let n = 2; n <= 5; n++) {
    travel({ minutes: 1 })
    expect([(await renew(oldLink)).status, (await sendDueEmails()).length]).toEqual([202, 1])
  }
  travel({ minutes: 1 })
  expect((await renew(oldLink)).status).toBe(429)
  expect(await resend()).toBe(303)
  expect(await count("outbox", "kind = 'invite'")).toBe(8)
})

it("an expired link is replaced, counted as a renewal", async () => {
  const { browser } = await signInStaff()
  const id = await invite(browser, { expires_in_days: "3" })
  const link = await latestRegistrationLink()
  travel({ days: 3, minutes: 1 })
  expect((await renew(link)).status).toBe(202)
  const newLink = await latestRegistrationLink()
  expect(newLink).not.toBe(link)
  expect((await new Browser().get(newLink)).status).toBe(200)
  const signedIn = await env.DB.prepare("SELECT email_status FROM invites WHERE id = ?").bind(id).first()
  expect(signedIn).toEqual({ email_status: "sent" })
  expect((await renew(link)).status).toBe(429) // its own wait
})

it("twenty renewals at once send one email", async () => {
  const { oldLink } = await createResent()
  const answers = await Promise.all(Array.from({ length: 20 }, () => renew(oldLink)))
  expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThan(0)
  expect(await sendDueEmails()).toHaveLength(1)
})

it("a renewal of an invite that was revoked in the meantime sends nothing", async () => {
  const { browser, id, oldLink } = await createResent()
  expect((await browser.post(`/customers/invites/${id}/revocation`)).status).toBe(303)
  const response = await renew(oldLink)
  expect([response.status, response.headers.get("Location")]).toEqual([303, oldLink])
  expect(await sendDueEmails()).toEqual([])
})
