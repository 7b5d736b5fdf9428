import { cancelJob, pauseJob, resumeJob } from "../../domain/jobs/control.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Job } from "../../storage/schema.ts"

export const jobRoutes = new Router()

/** The page of a job. */
export const jobPath = ({ id, kind }: Pick<Job, "id" | "kind">, query?: { poll: number }) =>
  href(kind === "import" ? "customers.imports.show" : "customers.invites.jobs.show", { id }, query)

for (const [name, change] of [
  ["customers.invites.jobs.pause", pauseJob],
  ["customers.invites.jobs.resume", resumeJob],
  ["customers.invites.jobs.cancel", cancelJob],
] as const) {
  jobRoutes.serve(name, async (c) => {
    const job = await change(c.var.deps, c.var.staff, c.req.param("id"))
    return redirect(c, jobPath(job))
  })
}
