/** What a generated client is called for here. Each file in clients/ fulfils it with the types that its generator made. */
export type Api = {
  createInvite(): Promise<{ id: string; status: string }>
  getInvite(id: string): Promise<{ company_name: string }>
  listPendingInvites(): Promise<{ data: { id: string }[]; next_cursor: string | null }>
  setNote(id: string, note: string): Promise<{ note: string | null }>
  resendInvite(id: string): Promise<{ send_count: number }>
  revokeInvite(id: string): Promise<{ status: string }>
  listCustomers(): Promise<{ data: unknown[] }>
  createBillingAccount(): Promise<{ id: string }>
  getBillingAccount(id: string): Promise<{ po_number: string | null }>
  deleteBillingAccount(id: string): Promise<unknown>
  createWebhook(): Promise<{ id: string; secret: string }>
  deleteWebhook(id: string): Promise<unknown>
}

/** The bodies of the README's examples: only what is required. */
export const NEW_INVITE = {
  company_name: "Northwind Logistics",
  contact_name: "Priya Nair",
  contact_email: "priya@northwind.example",
  billing_email: "billing@acme.example",
  billing_phone: "+1 415 555 0132",
}
export const NEW_ACCOUNT = { po_number: "ACME-2026", email: "invoices@acme.example", phone: "+1 415 555 0133" }
export const NEW_WEBHOOK = { url: "https://crm.example.com/hooks", events: ["invite.accepted" as const] }

/** Makes the twelve calls, prints what they answered, and fails if one is refused. */
export async function makeCalls(api: Api): Promise<void> {
  const { id, status } = await api.createInvite()
  const account = await api.createBillingAccount()
  const webhook = await api.createWebhook()
  const answers = {
    status,
    company_name: (await api.getInvite(id)).company_name,
    isListed: (await api.listPendingInvites()).data.some((invite) => invite.id === id),
    note: (await api.setNote(id, "Hello")).note,
    send_count: (await api.resendInvite(id)).send_count,
    statusAfter: (await api.revokeInvite(id)).status,
    customers: (await api.listCustomers()).data.length,
    po_number: (await api.getBillingAccount(account.id)).po_number,
    hasSecret: webhook.secret.startsWith("whsec_"),
  }
  await api.deleteBillingAccount(account.id)
  await api.deleteWebhook(webhook.id)
  console.log(JSON.stringify(answers))
}

/** The service and the key, from the command line. */
export const [, , BASE_URL = "", API_KEY = ""] = process.argv
