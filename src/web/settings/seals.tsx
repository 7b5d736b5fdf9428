import type { StaffActor } from "../../domain/access/actor.ts"
import type { ChainProblem } from "../../domain/audit/seal-chain.ts"
import { type VerifiedPart, verifyPart } from "../../domain/audit/verify.ts"
import { parseWholeNumber } from "../../domain/validation.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { StaffPage } from "../ui/layout.tsx"
import { Pager } from "../ui/pager.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const sealRoutes = new Router()

sealRoutes.serve("settings.activity.seals", async (c) => {
  const { staff, deps } = c.var
  const until = parseWholeNumber(c.req.query("until") ?? "")
  const part = await verifyPart(deps, staff, until && until > 0 ? until : undefined)
  return c.html(<SealsPage {...{ staff, part }} />)
})

const PROBLEM_TEXTS: Record<ChainProblem["kind"], string> = {
  removed: "was removed",
  altered: "was altered or moved",
  values_altered: "has altered names or details, or they were deleted without a record",
  purge_unproven: "was emptied by a purge that we can't verify: it is forged, or older than our current secret",
  head_differs: "isn't the last one that was recorded",
}

function SealsPage({ staff, part }: { staff: StaffActor; part: VerifiedPart }) {
  const { first, last, head, unsealedCount, problems } = part
  return (
    <StaffPage staff={staff} navItem="Settings" title="Settings">
      <SettingsTabs staff={staff} current="Activity" />
      <p>
        <a href={href("settings.activity.list")}>← Activity</a>
      </p>
      <section class="card" aria-labelledby="seals">
        <div class="card-header">
          <h2 id="seals">Seals</h2>
          <span class={`badge ${problems.length > 0 ? "danger" : "success"}`}>
            {problems.length > 0 ? "Altered" : "Intact"}
          </span>
        </div>
        <div class="card-body stack">
          <p>
            Each minute we seal new entries: a seal is a hash of the entry and of the seal before it, so nobody can
            alter, remove or reorder sealed entries unnoticed. Keep a copy of the last seal elsewhere to prove it later.
          </p>
          {problems.length === 0 ? (
            <p>{last === 0 ? "No entry is sealed yet." : `Entries ${first} to ${last} are as they were sealed.`}</p>
          ) : (
            <ul>
              {problems.map(({ sequence, kind }) => (
                <li class="danger">
                  Entry {sequence} {PROBLEM_TEXTS[kind]}.
                </li>
              ))}
            </ul>
          )}
        </div>
        <dl class="description-list">
          <dt>Last seal</dt>
          <dd class="wrap-anywhere">{head ? `${head.sequence}: ${head.hash}` : "None"}</dd>
          <dt>Not yet sealed</dt>
          <dd>{unsealedCount}</dd>
        </dl>
        {first > 1 && (
          <Pager
            next={href("settings.activity.seals", {}, { until: first - 1 })}
            order="Newest first"
            label="Check older entries"
          />
        )}
      </section>
    </StaffPage>
  )
}
