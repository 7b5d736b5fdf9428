import { once } from "node:events"
import { createServer } from "node:http"
import { text } from "node:stream/consumers"
import * as vestibule from "@vestibule/client"

// Calls the service at the given URL as a program of others does, and prints what it saw.

const [, , baseUrl] = process.argv
const client = vestibule.createClient({ baseUrl, apiKey: "vst_local_acme_0123456789abcdef0123456789abcdef" })
const operator = vestibule.createClient({ baseUrl, apiKey: "local-operator" })
const seen = { node: process.versions.node.split(".")[0] }

const newInvite = (number) => ({
  company_name: `Company ${number}`,
  contact_name: "Priya Nair",
  contact_email: `contact-${number}@northwind.example`,
  billing_email: "billing@acme.example",
  billing_phone: "+1 415 555 0132",
})
const codeOf = (call) =>
  call.then(
    () => "no problem",
    (error) => error.code ?? String(error),
  )

const receiver = createServer(async (request, response) => {
  const body = await text(request)
  seen.event = await vestibule.verifyWebhook({ body, headers: request.headers }, ["whsec_AAAA", webhook.secret])
  seen.forged = await vestibule
    .verifyWebhook({ body: `${body} `, headers: request.headers }, webhook.secret)
    .catch((error) => error.reason)
  response.end()
  receiver.emit("received")
})
receiver.listen(0, "127.0.0.1")
await once(receiver, "listening")
const received = once(receiver, "received", { signal: AbortSignal.timeout(30_000) })
const url = `http://127.0.0.1:${receiver.address().port}/`
const webhook = await vestibule.createWebhook(client, { url, events: ["invite.created"] })

const invite = await vestibule.createInvite(client, newInvite(0), { idempotencyKey: "crm-0" })
const again = await vestibule.createInvite(client, newInvite(0), { idempotencyKey: "crm-0" })
seen.isCreatedOnce = again.id === invite.id
await received
seen.isEventOfInvite = seen.event.data.invite_id === invite.id
receiver.close()

for (const number of [1, 2, 3, 4]) await vestibule.createInvite(client, newInvite(number))
seen.companies = []
for await (const { company_name } of vestibule.listInvites(client, { limit: 2 })) seen.companies.push(company_name)

const current = await vestibule.getInvite(client, invite.id)
seen.note = (await vestibule.updateInvite(client, invite.id, { note: "Hello" }, { ifMatch: current })).note
seen.stale = await codeOf(vestibule.updateInvite(client, invite.id, { note: "Bye" }, { ifMatch: current }))
seen.resent = (await vestibule.resendInvite(client, invite.id)).send_count
seen.resentAgain = await codeOf(vestibule.resendInvite(client, invite.id))
seen.link = (await vestibule.issueInviteLink(client, invite.id)).registration_url.startsWith(`${baseUrl}/r/`)
seen.revoked = (await vestibule.revokeInvite(client, invite.id)).status

const account = { po_number: "ACME-2026", email: "invoices@acme.example", phone: "+1 415 555 0133" }
const { id } = await vestibule.createBillingAccount(client, account)
seen.deleted = await vestibule.deleteBillingAccount(client, id)
seen.gone = await codeOf(vestibule.getBillingAccount(client, id))
seen.checked = (await vestibule.importInvites(client, { invites: [newInvite(1)], dry_run: true })).rows[0].verdict
seen.customers = (await vestibule.listCustomers(client)).data.length
seen.reseller = (
  await vestibule.createReseller(operator, { name: "Initech", admin_name: "Bill", admin_email: "bill@initech.example" })
).slug

console.log(JSON.stringify(seen))
