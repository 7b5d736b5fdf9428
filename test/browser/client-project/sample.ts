import {
  type CallOptions,
  createClient,
  createInvite,
  deleteBillingAccount,
  getInvite,
  type Invite,
  type InviteList,
  importInvites,
  type List,
  listInvites,
  type ProblemCode,
  ProblemError,
  type ReceivedEvent,
  updateInvite,
  verifyWebhook,
} from "@vestibule/client"

// What a program of others does with the types. It is only compiled.

const client = createClient({ baseUrl: "https://vestibule.example", apiKey: "vst_live_1", maxRetries: undefined })

const required = {
  company_name: "Northwind Logistics",
  contact_name: "Priya Nair",
  contact_email: "priya@northwind.example",
  billing_email: "billing@acme.example",
  billing_phone: "+1 415 555 0132",
}

const created: Promise<Invite> = createInvite(client, required)
const withOptions = createInvite(client, { ...required, note: null, send_email: false }, { idempotencyKey: "crm-1" })
const page: List<InviteList> = listInvites(client, { status: "pending", limit: 10, signal: AbortSignal.timeout(1_000) })
const deleted: Promise<void> = deleteBillingAccount(client, "bil_1", { move_to: "bil_2", timeoutMs: 1_000 })
const options: CallOptions = {}

// @ts-expect-error the other fields are required
createInvite(client, { company_name: "Northwind Logistics" })
// @ts-expect-error there is no such field
createInvite(client, { ...required, contact_mail: "priya@northwind.example" })
// @ts-expect-error there is no such status
listInvites(client, { status: "sent" })
// @ts-expect-error there is no such parameter
listInvites(client, { state: "pending" })
// @ts-expect-error it isn't among what the list can expand
listInvites(client, { expand: ["members"] })
// @ts-expect-error an id is required
getInvite(client)
// @ts-expect-error a GET has no idempotency key
getInvite(client, "inv_1", { idempotencyKey: "crm-1" })
// @ts-expect-error a list is no invite
const wrong: Promise<Invite> = listInvites(client)

export async function use(request: Request): Promise<unknown[]> {
  const invite = await created
  const updated = await updateInvite(client, invite.id, { note: "Hello" }, { ifMatch: invite })
  const status: "pending" | "accepted" | "expired" | "revoked" | "declined" = updated.status
  const found: Invite[] = []
  for await (const item of page) found.push(item)
  const result = await importInvites(client, { invites: [required], dry_run: true })
  const rows: number = "rows" in result ? result.rows.length : result.waiting_count
  const event = await verifyWebhook({ body: await request.text(), headers: request.headers }, ["whsec_1", "whsec_2"])
  const { customer } = await getInvite(client, invite.id, { expand: ["customer", "billing_account"] })
  return [status, rows, found, event.id, subjectOf(event), customer?.name, deleted, withOptions, options, wrong]
}

/** It handles every event: one that is added to the API and not here doesn't compile. */
function subjectOf(event: ReceivedEvent): string | null {
  switch (event.type) {
    case "invite.created":
    case "invite.sent":
    case "invite.delivered":
    case "invite.deferred":
    case "invite.bounced":
    case "invite.complained":
    case "invite.failed":
    case "invite.resent":
    case "invite.reminded":
    case "invite.updated":
    case "invite.opened":
    case "invite.expired":
    case "invite.revoked":
    case "invite.declined":
      // @ts-expect-error it is no event of a member
      if (event.data.member_id) return null
      return event.data.invite_id
    case "invite.accepted":
    case "customer.created":
      return `${event.data.invite_id} ${event.data.customer_id}`
    case "customer.updated":
      // @ts-expect-error it has no invite
      return event.data.invite_id ?? event.data.customer_id
    case "member.joined":
      return event.data.member_id
    default:
      return event satisfies never
  }
}

export function explain(error: unknown): ProblemCode | "unexpected_response" | undefined {
  if (!(error instanceof ProblemError)) return undefined
  // @ts-expect-error there is no such code
  if (error.code === "version_conflicts") return undefined
  return error.errors[0]?.field === "contact_email" ? "invalid_fields" : error.code
}
