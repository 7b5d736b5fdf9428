import { env } from "cloudflare:workers"
import { derivedColumns } from "../../src/domain/invites/derived-columns.ts"

type Contact = { contactName: string; contactEmail: string; companyName?: string }

/** Inserts customer invites as `insertInvite` would, in few statements. */
export async function insertInvites(resellerId: string, contacts: Contact[]): Promise<void> {
  const rows = contacts.map(({ companyName = "-", ...contact }, i) => {
    const invite = { kind: "customer", companyName, ...contact } as const
    return { ...invite, id: `${resellerId.slice(-6)}${i}`.padStart(26, "0"), ...derivedColumns(invite) }
  })
  for (let start = 0; start < rows.length; start += 500) {
    await env.DB.prepare(
      `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name, contact_email,
         billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
         created_at, expires_at, search_runs, company_key)
       SELECT 'inv_' || (value ->> 'id'), value ->> 'id', ?1, 'customer', ?1, 'pending', 'sent', value ->> 'companyName',
         value ->> 'contactName', value ->> 'contactEmail', 'bil_x', 'b@x.example', '+14155550132', 'en', 1, 14, 1,
         'aud_z', 'usr_x', 0, 4102444800000, value ->> 'searchRuns',
         value ->> 'companyKey' FROM json_each(?2)`,
    )
      .bind(resellerId, JSON.stringify(rows.slice(start, start + 500)))
      .run()
  }
}
