import type { Context } from "hono"
import * as z from "zod"
import type { ApiKeyActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import type { Deps } from "../../domain/deps.ts"
import { checkInvites, importInvites, type SentFields } from "../../domain/imports/api-import.ts"
import type { CheckedRow } from "../../domain/imports/check-rows.ts"
import { getImport, type ImportRowState, listImportRows } from "../../domain/imports/find.ts"
import { IMPORT_BYTES_MAX, IMPORT_ROWS_MAX } from "../../domain/imports/read-table.ts"
import { isSendable, VERDICTS } from "../../domain/imports/verdicts.ts"
import { toVisibleRow } from "../../domain/imports/visible-rows.ts"
import { inviteSchema } from "../../domain/invites/fields.ts"
import { cancelJob, pauseJob, resumeJob } from "../../domain/jobs/control.ts"
import { jobEstimate } from "../../domain/jobs/jobs.ts"
import type { AppEnv } from "../../http/context.ts"
import { href } from "../../routes.ts"
import { JOB_ROW_STATUSES, JOB_STATUSES, type Job, jobs } from "../../storage/schema.ts"
import { createRoute } from "../api-route.ts"
import { hideOwner } from "../hidden-owners.ts"
import { idempotent } from "../idempotency-key.ts"
import { ProblemFieldError, problems, toProblemErrors } from "../problem-details.ts"
import { ApiHono } from "../router.ts"
import { withSchemaName } from "../schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  conditionalPostHeaders,
  idempotencyKeyHeader,
  idParam,
  idSchema,
  ifMatchVersions,
  jsonBody,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  POST_ERRORS,
  timestamp,
  toEtag,
} from "../schemas.ts"

/** Any value: what is wrong with one is the verdict on its row, not an error of the request. */
const ImportedInvite = z
  .looseObject(
    Object.fromEntries(
      Object.entries<z.ZodType>(inviteSchema("customer").shape).map(([name, rule]) => {
        const { description = "", examples = [] } = rule.meta() ?? {}
        return [name, z.unknown().optional().meta({ description, examples })]
      }),
    ),
    "Send one JSON object for each invite.",
  )
  .meta({
    description:
      "The fields of `NewInvite`, without `send_email` and `send_at`. An invalid value is a verdict on the row.",
  })
  .apply(withSchemaName("ImportedInvite"))

const ROWS_RULE = `Send from 1 to ${IMPORT_ROWS_MAX} invites.`

const NewInviteImport = z
  .strictObject({
    invites: z.array(ImportedInvite, ROWS_RULE).min(1, ROWS_RULE).max(IMPORT_ROWS_MAX, ROWS_RULE),
    dry_run: z.boolean("Use true or false.").default(false).meta({
      description: "If true, the response has the verdicts, and nothing is created or sent.",
    }),
  })
  .apply(withSchemaName("NewInviteImport"))

const rowNumber = z
  .int()
  .meta({ description: "The number of the invite in the request, or of the row in the file, from 1.", examples: [1] })
const rowErrors = z.array(ProblemFieldError).meta({ description: "What is wrong with the row.", examples: [[]] })

const CheckedInvite = z
  .object({
    row: rowNumber,
    verdict: z.enum(VERDICTS).meta({ description: "What the dry run says about the row." }),
    is_sendable: z
      .boolean()
      .meta({ description: "Whether an import would create and send this invite.", examples: [true] }),
    errors: rowErrors,
    similar_to: z
      .object({
        name: z.string(),
        customer_id: z.string().optional(),
        invite_id: z.string().optional(),
        row: z.int().optional(),
      })
      .nullable()
      .meta({
        description:
          "With `similar_company`: the customer, invite or earlier row whose company could be the same; null if the key can't read it.",
        examples: [null],
      }),
  })
  .apply(withSchemaName("CheckedInvite"))

const count = (description: string, example: number) => z.int().meta({ description, examples: [example] })

const InviteImportCheck = z
  .object({
    row_count: count("All rows.", 1),
    sendable_count: count("Rows that an import would send.", 1),
    rows: z.array(CheckedInvite),
  })
  .apply(withSchemaName("InviteImportCheck"))

const InviteImport = z
  .object({
    id: idSchema("job"),
    status: z
      .enum(JOB_STATUSES)
      .meta({ description: "Invites are created while the import is `running`.", examples: ["running"] }),
    row_count: count("All rows.", 500),
    sent_count: count("Rows whose invite was created. Some emails may still be on their way.", 180),
    failed_count: count("Rows without an invite. Their `code` says why.", 2),
    waiting_count: count("Rows whose invite is still to be created. If the import was cancelled, they never are.", 318),
    estimated_done_at: timestamp.nullable().meta({
      description:
        "When a running import will be done, estimated from your hourly limit and the pace so far; null if it isn't running, and when it is created.",
    }),
    created_at: timestamp,
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable().meta({ examples: [null] }),
  })
  .apply(withSchemaName("InviteImport"))

const RESULTS = [...VERDICTS, "conflict"] as const

const InviteImportRow = z
  .object({
    row: rowNumber,
    status: z.enum(JOB_ROW_STATUSES).meta({ description: "`done` if its invite was created." }),
    code: z.enum(RESULTS).nullable().meta({
      description:
        "The verdict, or why the row failed: `conflict` if another change came in between. Null once its invite was created.",
    }),
    errors: rowErrors.meta({
      description:
        "With `failed`: what was wrong with the row, when the import started or when its turn came. Empty if another change came in between.",
    }),
    invite_id: idSchema("inv").nullable().meta({ description: "The invite that was created." }),
  })
  .apply(withSchemaName("InviteImportRow"))

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
    c.header("ETag", toImportEtag(row))
    return c.json(toInviteImport(row), 202) // without an estimate, so that a repeated request gets the same response
  })
  .openapi(read, async (c) => {
    const { deps, apiKey } = c.var
    const job = await getImport(deps, apiKey, c.req.valid("param").id)
    c.header("ETag", toImportEtag(job))
    return c.json(await toEstimatedImport(deps, job), 200)
  })
  .openapi(rows, async (c) => {
    const { deps, apiKey } = c.var
    const { status } = c.req.valid("query")
    const job = await getImport(deps, apiKey, c.req.valid("param").id)
    return listResponse(
      c,
      (page) => listImportRows(deps, job, { status }, "position", page),
      (row) => toRow(toVisibleRow(apiKey, job, row), apiKey),
    )
  })
  .openapi(pause, async (c) => c.json(await changed(c, c.req.valid("param").id, pauseJob), 200))
  .openapi(resume, async (c) => c.json(await changed(c, c.req.valid("param").id, resumeJob), 200))
  .openapi(cancel, async (c) => c.json(await changed(c, c.req.valid("param").id, cancelJob), 200))

async function changed(c: Context<AppEnv>, id: string, change: typeof pauseJob) {
  const { deps, apiKey } = c.var
  const { row } = await idempotent(c, jobs, async () => {
    await getImport(deps, apiKey, id) // another kind of job isn't an import
    return change(deps, apiKey, id, ifMatchVersions(c))
  })
  c.header("ETag", toImportEtag(row))
  return toEstimatedImport(deps, row)
}

/** The version is the status: what is counted while an import runs is no reason not to pause it. */
const toImportEtag = ({ status }: Job) => toEtag({ version: status })

const toCheckedInvite = (
  { position, verdict, errors, similar, similarRow }: CheckedRow,
  invites: SentFields[],
  key: ApiKeyActor,
): z.infer<typeof CheckedInvite> => ({
  row: position,
  verdict,
  is_sendable: isSendable(verdict),
  errors: toProblemErrors(errors).map((error) => hideOwner(key, error)),
  similar_to: similar
    ? can(key, `${similar.kind}s:read`)
      ? { name: similar.name, [`${similar.kind}_id`]: similar.id }
      : null
    : similarRow
      ? { name: String(invites[similarRow.row - 1]?.company_name), row: similarRow.row }
      : null,
})

async function toEstimatedImport(deps: Deps, job: Job): Promise<z.infer<typeof InviteImport>> {
  return toInviteImport(job, job.status === "running" ? await jobEstimate(deps, job) : undefined)
}

function toInviteImport(job: Job, estimate?: Date): z.infer<typeof InviteImport> {
  return {
    id: job.id,
    status: job.status,
    row_count: job.rowCount,
    sent_count: job.rowCount - job.waitingCount - job.failedCount,
    failed_count: job.failedCount,
    waiting_count: job.waitingCount,
    estimated_done_at: estimate?.toISOString() ?? null,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    finished_at: job.finishedAt?.toISOString() ?? null,
  }
}

const toRow = (
  { position, status, code, detail, inviteId }: ImportRowState,
  key: ApiKeyActor,
): z.infer<typeof InviteImportRow> => ({
  row: position,
  status,
  code: RESULTS.find((result) => result === code) ?? null,
  errors: status === "failed" ? toProblemErrors(detail.errors ?? []).map((error) => hideOwner(key, error)) : [],
  invite_id: inviteId,
})
