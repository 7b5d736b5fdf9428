import { Api } from "../../../.generated/generators/swagger-typescript-api.ts"
import { API_KEY, BASE_URL, makeCalls, NEW_ACCOUNT, NEW_INVITE, NEW_WEBHOOK } from "../calls.ts"

const api = new Api({ baseUrl: BASE_URL, baseApiParams: { headers: { Authorization: `Bearer ${API_KEY}` } } })

async function data<T>(call: Promise<{ data: T }>): Promise<T> {
  return (await call).data
}

await makeCalls({
  createInvite: () => data(api.invites.createInvite(NEW_INVITE)),
  getInvite: (id) => data(api.invites.getInvite(id)),
  listPendingInvites: () => data(api.invites.listInvites({ status: "pending", limit: 10 })),
  setNote: (id, note) => data(api.invites.updateInvite(id, { note })),
  resendInvite: (id) => data(api.invites.resendInvite(id)),
  revokeInvite: (id) => data(api.invites.revokeInvite(id)),
  listCustomers: () => data(api.customers.listCustomers()),
  createBillingAccount: () => data(api.billingAccounts.createBillingAccount(NEW_ACCOUNT)),
  getBillingAccount: (id) => data(api.billingAccounts.getBillingAccount(id)),
  deleteBillingAccount: (id) => data(api.billingAccounts.deleteBillingAccount(id)),
  createWebhook: () => data(api.webhooks.createWebhook(NEW_WEBHOOK)),
  deleteWebhook: (id) => data(api.webhooks.deleteWebhook(id)),
})
