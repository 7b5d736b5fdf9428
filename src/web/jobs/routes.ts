import { cancelJob, pauseJob, resumeJob } from "../../domain/jobs/control.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href, type Query } from "../../routes.ts"
import type { Job } from "../../storage/schema.ts"
import { flash } from "../ui/flash.tsx"

export const jobRoutes = new Router()

/** The page of a job. */
export const jobPath = ({ id, kind }: Pick<Job, "id" | "kind">, query?: Query) =>
  href(kind === "import" ? "customers.imports.show" : "customers.invites.jobs.show", { id }, query)

for (const [name, change, flashKey] of [
  ["customers.invites.jobs.pause", pauseJob, "job_paused"],
  ["customers.invites.jobs.resume", resumeJob, "job_resumed"],
  ["customers.invites.jobs.cancel", cancelJob, "job_cancelled"],
] as const) {
  jobRoutes.serve(name, async (c) => {
    const job = await change(c.var.deps, c.var.staff, c.req.param("id"))
    return redirect(c, jobPath(job, flash(flashKey)))
  })
}
