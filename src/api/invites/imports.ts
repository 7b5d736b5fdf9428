import type { Context } from "hono"
import * as z from "zod"
import type { Deps } from "../../domain/deps.ts"
import { checkInvites, importInvites } from "../../domain/imports/api-import.ts"
import { getImport, listImportRows } from "../../domain/imports/find.ts"
import { IMPORT_BYTES_MAX, IMPORT_ROWS_MAX } from "../../domain/imports/read-table.ts"
import { toVisibleRow } from "../../domain/imports/visible-rows.ts"
import { cancelJob, pauseJob, resumeJob } from "../../domain/jobs/control.ts"
import { jobEstimate } from "../../domain/jobs/jobs.ts"
import type { AppEnv } from "../../http/context.ts"
import { href } from "../../routes.ts"
import { JOB_ROW_STATUSES, type Job, jobs } from "../../storage/schema.ts"
import { createRoute } from "../api-route.ts"
import { problems } from "../documented-problems.ts"
import { jsonWithEtag } from "../etag.ts"
import { idempotent } from "../idempotency-key.ts"
import { ApiHono } from "../router.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  conditionalPostHeaders,
  idempotencyKeyHeader,
  idParam,
  ifMatchVersions,
  jsonBody,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  POST_ERRORS,
} from "../schemas.ts"
import {
  InviteImport,
  InviteImportCheck,
  InviteImportRow,
  NewInviteImport,
  toCheckedInvite,
  toImportRow,
  toInviteImport,
} from "./import-schemas.ts"

const create = createRoute("api.imports.create", {
  operationId: "importInvites",
  tags: ["Imports"],
  summary: "Invite up to 5,000 customers",
  description:
    "Checks each invite. With `dry_run`, returns the verdicts. Otherwise starts an import, which creates and sends the invites that can be sent, at the pace of your hourly limit, and skips the others. Poll the import to follow its progress.",
  bodyLimits: { bytes: IMPORT_BYTES_MAX, values: 32 * IMPORT_ROWS_MAX },
  request: { headers: idempotencyKeyHeader, body: jsonBody(NewInviteImport) },
  responses: {
    200: jsonResponse(InviteImportCheck, "The verdict on each invite of a dry run."),
    202: jsonResponse(InviteImport, "The import, which is running.", "Location", "ETag", "Idempotency-Replayed"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, ...POST_ERRORS),
  },
})

const read = createRoute("api.imports.show", {
  operationId: "getInviteImport",
  tags: ["Imports"],
  summary: "Get an import",
  request: { params: idParam("import") },
  responses: { 200: jsonResponse(InviteImport, "The import.", "ETag"), ...problems(...COMMON_ERRORS, "not_found") },
})

const rows = createRoute("api.imports.rows", {
  operationId: "listInviteImportRows",
  tags: ["Imports"],
  summary: "List the rows of an import",
  description: "In the order of the request or the file, each with its result.",
  request: {
    params: idParam("import"),
    query: listParams("row").extend({
      cursor: z
        .string()
        .regex(/^(after_)?row_\d{1,9}$/, "Use the `next_cursor` or `prev_cursor` of another page.")
        .optional()
        .meta({ description: "The `next_cursor` or `prev_cursor` of another page." }),
      status: z.enum(JOB_ROW_STATUSES, `Use one of: ${JOB_ROW_STATUSES.join(", ")}.`).optional(),
    }),
  },
  responses: {
    200: jsonResponse(listSchema("InviteImportRowList", InviteImportRow), "A page of rows."),
    ...problems(...COMMON_ERRORS, "not_found"),
  },
})

const control = <N extends "api.imports.pause" | "api.imports.resume" | "api.imports.cancel">(
  name: N,
  operationId: string,
  summary: string,
  description: string,
) =>
  createRoute(name, {
    operationId,
    tags: ["Imports"],
    summary,
    description,
    request: { params: idParam("import"), headers: conditionalPostHeaders },
    responses: {
      200: jsonResponse(InviteImport, "The import as it is now.", "ETag", "Idempotency-Replayed"),
      ...problems(...COMMON_ERRORS, ...POST_ERRORS, "body_too_large", "not_found", "version_conflict"),
    },
  })

const pause = control(
  "api.imports.pause",
  "pauseInviteImport",
  "Pause an import",
  "Changes nothing if the import isn't running.",
)
const resume = control(
  "api.imports.resume",
  "resumeInviteImport",
  "Resume an import",
  "Changes nothing if the import isn't paused.",
)
const cancel = control(
  "api.imports.cancel",
  "cancelInviteImport",
  "Cancel an import",
  "Invites that were created stay. This can't be undone. Changes nothing if the import has ended.",
)

export const importRoutes = new ApiHono()
  .openapi(create, async (c) => {
    const { deps, apiKey } = c.var
    const { invites, dry_run } = c.req.valid("json")
    if (dry_run) {
      const checked = (await checkInvites(deps, apiKey, invites)).map((row) => toCheckedInvite(row, invites, apiKey))
      const sendable_count = checked.filter(({ is_sendable }) => is_sendable).length
      return c.json({ row_count: checked.length, sendable_count, rows: checked }, 200)
    }
    const { row } = await idempotent(c, jobs, () => importInvites(deps, apiKey, invites))
    c.header("Location", href("api.imports.show", { id: row.id }))
    const started = toInviteImport(row) // without an estimate, so that a repeated request gets the same response
    return jsonWithEtag(c, started, 202, row.status)
  })
  .openapi(read, async (c) => {
    const { deps, apiKey } = c.var
    const job = await getImport(deps, apiKey, c.req.valid("param").id)
    return importResponse(c, job)
  })
  .openapi(rows, async (c) => {
    const { deps, apiKey } = c.var
    const { status } = c.req.valid("query")
    const job = await getImport(deps, apiKey, c.req.valid("param").id)
    return listResponse(
      c,
      (page) => listImportRows(deps, job, { status }, "position", page),
      (row) => toImportRow(toVisibleRow(apiKey, job, row), apiKey),
    )
  })
  .openapi(pause, (c) => changeImport(c, c.req.valid("param").id, pauseJob))
  .openapi(resume, (c) => changeImport(c, c.req.valid("param").id, resumeJob))
  .openapi(cancel, (c) => changeImport(c, c.req.valid("param").id, cancelJob))

async function changeImport(c: Context<AppEnv>, id: string, change: typeof pauseJob) {
  const { deps, apiKey } = c.var
  const { row } = await idempotent(c, jobs, async () => {
    await getImport(deps, apiKey, id) // another kind of job isn't an import
    return change(deps, apiKey, id, ifMatchVersions(c))
  })
  return importResponse(c, row)
}

/** The version is the status: what is counted while an import runs is no reason not to pause it. */
const importResponse = async (c: Context<AppEnv>, job: Job) =>
  jsonWithEtag(c, await toEstimatedImport(c.var.deps, job), 200, job.status)

async function toEstimatedImport(deps: Deps, job: Job): Promise<z.infer<typeof InviteImport>> {
  return toInviteImport(job, job.status === "running" ? await jobEstimate(deps, job) : undefined)
}
