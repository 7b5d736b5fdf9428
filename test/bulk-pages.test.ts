import { expect, it } from "vitest"
import { runJob } from "../src/domain/jobs/run.ts"
import {
  addStaff,
  type Browser,
  count,
  createReseller,
  invite,
  redirectPath,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { confirm, confirmation, jobIdIn, NEW } from "./support/bulk.ts"
import { insertInvites, type JobQueue, jobDeps } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"
import { travelTo } from "./support/time.ts"

it("selecting, confirming and following a bulk action works without script", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 30)
  const [newest = "", second = ""] = ids.toReversed()
  await runSql("UPDATE invites SET status = 'accepted' WHERE id = ?", second)
  const list = await (await browser.get("/customers/invites?status=pending")).text()
  const bar = /<form id="bulk".*?<\/form>/s.exec(list)?.[0] ?? ""
  expect([...bar.matchAll(/ name="(\w+)" value="(\w+)"/g)].map(([, name, value]) => `${name}=${value}`)).toEqual([
    "status=pending",
    "all=1",
    "action=resend",
    "action=revoke",
    "action=move_billing",
  ])
  expect(list.match(/<input type="checkbox" form="bulk" name="invite"/g)).toHaveLength(25)
  expect(list).not.toContain(`value="${second}"`)

  const all = await (await browser.get(`${NEW}?status=pending&all=1&action=revoke`)).text()
  expect(all).toContain("This applies to 29 invites.")
  expect(all).toContain("Revoked links stop working at once.")
  const response = await confirm(browser, `action=revoke&invite=${newest}&invite=${second}`)
  const path = redirectPath(response)
  const queue: JobQueue = []
  await runJob(jobDeps(queue), jobIdIn(response))
  const page = await (await browser.get(path)).text()
  expect(page).toContain("2 of 2")
  expect(page).toContain("1 not done")
  expect(page).toContain(`/customers/invites/${newest}`)
  expect(page).toContain("Accepted")
  const failedOnly = await (await browser.get(`${path}?status=failed`)).text()
  expect([failedOnly.includes(newest), failedOnly.includes(second)]).toEqual([false, true])
  const jobs = await (await browser.get("/customers/invites/jobs")).text()
  expect(jobs).toContain(path)
})

it("a confirmation says that only the newest 5,000 are taken, and a date reaches the others", async () => {
  travelTo(new Date("2026-11-25T10:00:00Z"))
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 3)
  await runSql("UPDATE invites SET contact_email = 'old-' || contact_email")
  travelTo(new Date("2026-11-27T10:00:00Z"))
  await insertInvites(resellerId, billingId, 5_000)
  const confirmationOf = async (query: string) => (await browser.get(`${NEW}?all=1&action=resend${query}`)).text()
  const all = await confirmationOf("")
  expect(all).toContain("This applies to 5,000 invites.")
  expect(all).toContain("For the others, limit the list by date, then do it again.")
  const others = await confirmationOf("&to=2026-11-26")
  expect(others).toContain("This applies to 3 invites.")
  expect(others).not.toContain("More invites match.")
}, 30_000)

it("a confirmation says who is left out and when the last email leaves", async () => {
  travelTo(new Date("2026-11-27T10:00:00Z"))
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 20)
  await runSql("UPDATE invites SET status = 'accepted' WHERE id IN (?, ?)", ids[0], ids[1])
  browser.env = { ...testEnv, INVITE_MAILS_PER_HOUR: "10" }
  const page = await (await browser.get(`${NEW}?all=1&action=resend`)).text()
  expect(page).toContain("This applies to 20 invites.")
  expect(page).toContain("2 invites will be left out:")
  expect(page).toContain("2: Accepted")
  expect(page).toContain("Resend 18 invites")
  expect(page).toContain('datetime="2026-11-27T12:00:00.000Z"')
  await runSql("UPDATE invites SET status = 'accepted'")
  const nothing = await (await browser.get(`${NEW}?all=1&action=resend`)).text()
  expect(nothing).toContain("So there is nothing to do.")
  for (const word of ["Resend 20 invites", "sent around", "few minutes"]) expect(nothing).not.toContain(word)
})

it("a confirmation on all invites names the filter that limits them", async () => {
  const { resellerId, billingId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: "dana@acme.example", role: "admin" })
  const browser = await signInAs(userId)
  await invite(browser)
  const [id] = await insertInvites(resellerId, billingId, 1)
  const summary = async (query: string) => {
    const page = await (await browser.get(`${NEW}?action=revoke&${query}`)).text()
    return /<p class="wrap-anywhere">(.*?)<\/p>/s.exec(page)?.[1]
  }
  expect(await summary("all=1")).toBe("All invites")
  expect(await summary("all=1&status=pending&q=northwind")).toBe("Status: Pending · Search: “northwind”")
  expect(await summary("all=1&q=northwind+%26")).toBe("Search: “northwind &amp;”")
  expect(await summary(`all=1&by=${userId}&from=2020-01-05&to=2099-12-31`)).toBe(
    "Invited by: Dana Ortiz · From: 5 Jan 2020 · To: 31 Dec 2099",
  )
  await runSql("UPDATE invites SET invited_by = 'usr_00000000000000000000000000'")
  await runSql("DELETE FROM invite_search")
  await runSql("INSERT INTO invite_search (rowid, terms) SELECT seq, search_terms FROM invites")
  expect(await summary("all=1&by=usr_00000000000000000000000000")).toBe("Invited by: Former staff")
  expect(await summary(`invite=${id}&status=pending`)).toBeUndefined()
})

it("nothing selected leads back, and a form that is sent twice starts one job", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 3)
  const response = await (await browser.get(`${NEW}?action=revoke&status=pending`)).text()
  expect(response).toContain("Select invites first")
  expect(response).toContain('href="/customers/invites?status=pending"')
  const fields = await confirmation(browser, "action=revoke&all=1")
  const [first, again] = await Promise.all([browser.post(NEW, fields), browser.post(NEW, fields)])
  expect([first.status, again.status]).toEqual([303, 303])
  expect(jobIdIn(again)).toBe(jobIdIn(first))
  expect(jobIdIn(await browser.post(NEW, fields))).toBe(jobIdIn(first))
  expect(await count("jobs", "status = 'running'")).toBe(1)
})

it("more invites than were confirmed are asked for again, and moving needs an account", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 5)
  const fields = await confirmation(browser, "action=revoke&all=1")
  await runSql("UPDATE invites SET contact_email = id")
  await insertInvites(resellerId, billingId, 20)
  const response = await browser.post(NEW, fields)
  expect([response.status, await count("jobs")]).toEqual([409, 0])
  expect(await response.text()).toContain("This applies to 25 invites.")
  const move = await confirm(browser, "action=move_billing&all=1", [["billing_account_id", ""]])
  expect(move.status).toBe(422)
  expect(await move.text()).toContain("Choose the billing account to move the invites to.")
  const other = await confirm(browser, "action=move_billing&all=1", [["billing_account_id", "bil_none"]])
  expect([other.status, await count("jobs")]).toEqual([422, 0])
})

it("results are exported as CSV that spreadsheets don't run", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const [id = ""] = await insertInvites(resellerId, billingId, 1)
  await runSql("UPDATE invites SET company_name = '=1+1', status = 'accepted'")
  const job = await confirm(browser, "action=revoke&all=1")
  await runJob(jobDeps([]), jobIdIn(job))
  const file = await browser.get(`${redirectPath(job)}/export`)
  expect(file.headers.get("Content-Type")).toBe("text/csv; charset=utf-8")
  const [header, line] = (await file.text()).split("\r\n")
  expect(header).toBe("row,company_name,contact_name,contact_email,result,code,message,possible_at,invite_id")
  expect(line).toContain("1,'=1+1,Contact 0,contact0-")
  expect(line).toContain(`,failed,accepted,Accepted,,${id}`)
})

it("a result tells an invite that was revoked before from one that the action revoked", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const [first] = await insertInvites(resellerId, billingId, 2)
  await runSql("UPDATE invites SET status = 'revoked' WHERE id = ?", first)
  const job = await confirm(browser, "action=revoke&all=1")
  await runJob(jobDeps([]), jobIdIn(job))
  const path = redirectPath(job)
  expect((await (await browser.get(path)).text()).match(/>(Revoked|Already revoked)</g)).toEqual([
    ">Revoked<",
    ">Already revoked<",
  ])
  const file = (await (await browser.get(`${path}/export`)).text()).split("\r\n")
  expect(file.slice(1, 3).map((line) => line.split(",").at(-3))).toEqual(["Revoked", "Already revoked"])
})

it("only staff of the reseller who can write invites reach its jobs", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 2)
  const path = redirectPath(await confirm(browser, "action=revoke&all=1"))
  const others: [Browser, number][] = [
    [(await signInStaff("globex")).browser, 404],
    [await signInColleague(resellerId, "read_only"), 403],
  ]
  for (const [other, status] of others) {
    expect([(await other.get(path)).status, (await other.get(`${path}/export`)).status]).toEqual([status, status])
    for (const action of ["pause", "resumption", "cancellation"])
      expect((await other.post(`${path}/${action}`)).status).toBe(status)
  }
  expect(await count("jobs", "status = 'running'")).toBe(1)
  const support = await signInColleague(resellerId, "support")
  expect((await support.get(`${NEW}?action=move_billing&all=1`)).status).toBe(403)
  expect((await support.post(NEW, { action: "move_billing", all: "1", billing_account_id: billingId })).status).toBe(
    403,
  )
  expect(await (await support.get("/customers/invites")).text()).not.toContain("Move to billing account")
})

const signInColleague = async (resellerId: string, role: "read_only" | "support") =>
  signInAs((await addStaff(resellerId, { name: role, email: `${role}@acme.example`, role })).userId)
