import type { Context } from "hono"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { AppEnv } from "../../http/context.ts"
import { href } from "../../routes.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { StaffPage } from "../ui/layout.tsx"

type EmptyPageProps = { staff: StaffActor; title: string; text: string; back: string; t: StaffMessages }

/** What a page says that has no invites to act on. */
export function EmptyPage({ staff, title, text, back, t }: EmptyPageProps) {
  return (
    <StaffPage staff={staff} navItem="Customers" title={title} back={<a href={back}>{t.staff.bulk.back}</a>}>
      <div class="card empty-state">
        <p>{text}</p>
      </div>
    </StaffPage>
  )
}

/** Refuses what would apply to more invites than somebody means, because their filter isn't understood. */
export function invalidFilter(c: Context<AppEnv>, titleOf: (t: StaffMessages) => string) {
  const { staff } = c.var
  const t = staffMessagesFor(staff.locale)
  const back = href("customers.invites.list")
  return c.html(<EmptyPage {...{ staff, back, t }} title={titleOf(t)} text={t.staff.invites.invalidFilter} />, 400)
}
