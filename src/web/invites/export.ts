import { exportInvites } from "../../domain/invites/export.ts"
import { FIELD_LIST, type FieldColumn } from "../../domain/invites/fields.ts"
import type { ListedInvite } from "../../domain/invites/listed-invite.ts"
import { type Column, csvFormat, exportFile } from "../../http/export-file.ts"
import { Router } from "../../http/router.ts"
import { invalidFilter } from "./empty-page.tsx"
import { parseFilter, toInviteFilter } from "./filter.ts"

export const inviteExportRoutes = new Router()

type ListedColumn = FieldColumn & keyof ListedInvite

/** Named as in the API. `metadata` is one column of JSON, because the keys are known only after the last row. */
const COLUMNS: Column<ListedInvite>[] = [
  { name: "id", value: ({ id }) => id },
  { name: "status", value: ({ status }) => status },
  { name: "email_status", value: ({ emailStatus }) => emailStatus },
  ...FIELD_LIST.filter(([, { response }]) => response).map(([name, { column }]) => ({
    name,
    value: (row: ListedInvite) => row[column as ListedColumn],
  })),
  { name: "billing_account_id", value: ({ billingAccountId }) => billingAccountId },
  { name: "send_count", value: ({ sendCount }) => sendCount },
  { name: "created_at", value: ({ createdAt }) => toIsoTime(createdAt) },
  { name: "send_at", value: (row) => toIsoTime(row.sendAt) },
  { name: "last_sent_at", value: ({ lastSentAt }) => toIsoTime(lastSentAt) },
  { name: "expires_at", value: ({ expiresAt }) => toIsoTime(expiresAt) },
  { name: "accepted_at", value: ({ acceptedAt }) => toIsoTime(acceptedAt) },
  { name: "customer_id", value: ({ customerId }) => customerId },
]

const toIsoTime = (time: Date | null) => time?.toISOString() ?? null
const CSV = csvFormat(COLUMNS)

inviteExportRoutes.serve("customers.invites.export", (c) => {
  const { staff, deps } = c.var
  const filter = parseFilter(new URL(c.req.url).searchParams)
  if (filter.isInvalid) return invalidFilter(c, (t) => t.staff.invites.export)
  return exportFile(c, exportInvites(deps, staff, toInviteFilter(filter, staff.timeZone)), CSV, ["invites", "csv"])
})
