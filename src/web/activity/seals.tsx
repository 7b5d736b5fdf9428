import type { StaffActor } from "../../domain/access/actor.ts"
import { type VerifiedPart, verifyPart } from "../../domain/audit/verify.ts"
import { parseWholeNumber } from "../../domain/validation.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { StaffPage } from "../ui/layout.tsx"
import { Pager } from "../ui/pager.tsx"

export const sealRoutes = new Router()

sealRoutes.serve("activity.seals", async (c) => {
  const { staff, deps } = c.var
  const until = parseWholeNumber(c.req.query("until") ?? "")
  const part = await verifyPart(deps, staff, until && until > 0 ? until : undefined)
  return c.html(<SealsPage {...{ staff, part }} />)
})

function SealsPage({ staff, part }: { staff: StaffActor; part: VerifiedPart }) {
  const { first, last, head, unsealedCount, problems } = part
  const t = staffMessagesFor(staff.locale)
  const { seals } = t.staff.activity
  return (
    <StaffPage
      staff={staff}
      navItem="Activity"
      title={seals.heading}
      back={<a href={href("activity.list")}>{seals.back}</a>}
    >
      <section class="card" aria-label={seals.heading}>
        <div class="card-header">
          <span class={`badge ${problems.length > 0 ? "danger" : "success"}`}>
            {problems.length > 0 ? seals.altered : seals.intact}
          </span>
        </div>
        <div class="card-body stack">
          <p>{seals.text}</p>
          {problems.length === 0 ? (
            <p>{last === 0 ? seals.nothingSealed : seals.unaltered(first, last)}</p>
          ) : (
            <ul>
              {problems.map(({ sequence, kind }) => (
                <li class="danger">{seals.problems[kind](sequence)}</li>
              ))}
            </ul>
          )}
        </div>
        <dl class="description-list">
          <dt>{seals.last}</dt>
          <dd class="wrap-anywhere">{head ? `${head.sequence}: ${head.hash}` : seals.noSeal}</dd>
          <dt>{seals.unsealed}</dt>
          <dd>{unsealedCount}</dd>
        </dl>
        {first > 1 && <Pager next={href("activity.seals", {}, { until: first - 1 })} t={t} label={seals.older} />}
      </section>
    </StaffPage>
  )
}
