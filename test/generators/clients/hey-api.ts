import { client } from "../../../.generated/generators/hey-api/client.gen.ts"
import * as api from "../../../.generated/generators/hey-api/index.ts"
import { API_KEY, BASE_URL, makeCalls, NEW_ACCOUNT, NEW_INVITE, NEW_WEBHOOK } from "../calls.ts"

client.setConfig({ baseUrl: BASE_URL, auth: API_KEY, throwOnError: true })

async function data<T>(call: Promise<{ data: T }>): Promise<T> {
  return (await call).data
}
const at = (id: string) => ({ path: { id }, throwOnError: true as const })

await makeCalls({
  createInvite: () => data(api.createInvite({ body: NEW_INVITE, throwOnError: true })),
  getInvite: (id) => data(api.getInvite(at(id))),
  listPendingInvites: () => data(api.listInvites({ query: { status: "pending", limit: 10 }, throwOnError: true })),
  setNote: (id, note) => data(api.updateInvite({ ...at(id), body: { note } })),
  resendInvite: (id) => data(api.resendInvite(at(id))),
  revokeInvite: (id) => data(api.revokeInvite(at(id))),
  listCustomers: () => data(api.listCustomers({ throwOnError: true })),
  createBillingAccount: () => data(api.createBillingAccount({ body: NEW_ACCOUNT, throwOnError: true })),
  getBillingAccount: (id) => data(api.getBillingAccount(at(id))),
  deleteBillingAccount: (id) => data(api.deleteBillingAccount(at(id))),
  createWebhook: () => data(api.createWebhook({ body: NEW_WEBHOOK, throwOnError: true })),
  deleteWebhook: (id) => data(api.deleteWebhook(at(id))),
})
