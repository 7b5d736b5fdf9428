import type { StaffActor } from "../../domain/access/actor.ts"
import { getDraftWithEmails, getImport, type Import } from "../../domain/imports/find.ts"
import { startJob } from "../../domain/jobs/control.ts"
import { jobEstimate } from "../../domain/jobs/jobs.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { formatNumber } from "../../text/numbers.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { SendEstimate } from "../jobs/progress.tsx"
import { flash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { importPath } from "./filter.ts"
import { onDraft } from "./on-draft.ts"

export const startImportRoutes = new Router()

startImportRoutes.serve("customers.imports.confirm", (c) => {
  const { deps, staff } = c.var
  const id = c.req.param("id")
  return onDraft(c, id, async () => {
    const { draft: job, waitingEmails } = await getDraftWithEmails(deps, staff, id)
    if (!job.params.verdicts || job.waitingCount === 0) return redirect(c, importPath(id))
    const estimate = await jobEstimate(deps, job, waitingEmails)
    return c.html(<ConfirmPage {...{ staff, job, estimate }} now={deps.now()} />)
  })
})

startImportRoutes.serve("customers.imports.start", async (c) => {
  const { deps, staff } = c.var
  const id = c.req.param("id")
  const job = await getImport(deps, staff, id)
  if (!job.params.verdicts || job.waitingCount === 0) return redirect(c, importPath(id))
  await startJob(deps, staff, id)
  return redirect(c, importPath(id, flash("import_started")))
})

type ConfirmPageProps = { staff: StaffActor; job: Import; estimate: Date | undefined; now: Date }

/** Says how many invites are sent, which rows are skipped, and how long it takes. */
function ConfirmPage({ staff, job, estimate, now }: ConfirmPageProps) {
  const t = staffMessagesFor(staff.locale)
  const { confirm } = t.staff.imports
  const format = (words: (count: number, text: string) => string, count: number) => words(count, formatNumber(t, count))
  const similar = job.params.verdicts?.similar_company ?? 0
  return (
    <StaffPage staff={staff} navItem="Customers" title={format(confirm.title, job.waitingCount)}>
      <Form class="card card-body stack" action={href("customers.imports.start", { id: job.id })} data-submit-once>
        <p>{format(confirm.sent, job.waitingCount)}</p>
        {similar > 0 && <p>{format(confirm.warned, similar)}</p>}
        {job.failedCount > 0 && <p>{format(confirm.skipped, job.failedCount)}</p>}
        <SendEstimate {...{ estimate, now, t }} />
        <p class="muted">{confirm.pace}</p>
        <div class="buttons">
          <button class="button" type="submit">
            {confirm.send}
          </button>
          <a href={importPath(job.id)}>{confirm.back}</a>
        </div>
      </Form>
    </StaffPage>
  )
}
