import * as z from "zod"
import type { ApiKeyActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import type { SentFields } from "../../domain/imports/api-import.ts"
import type { CheckedRow } from "../../domain/imports/check-rows.ts"
import type { ImportRowState } from "../../domain/imports/find.ts"
import { IMPORT_ROWS_MAX } from "../../domain/imports/read-table.ts"
import { isSendable, VERDICTS } from "../../domain/imports/verdicts.ts"
import { inviteSchema } from "../../domain/invites/fields.ts"
import { JOB_ROW_STATUSES, JOB_STATUSES, type Job } from "../../storage/schema.ts"
import { hideOwner } from "../hidden-owners.ts"
import { ProblemFieldError, toProblemErrors } from "../problem-details.ts"
import { withSchemaName } from "../schema-name.ts"
import { idSchema, timestamp } from "../schemas.ts"

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

export const NewInviteImport = z
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

export const InviteImportCheck = z
  .object({
    row_count: count("All rows.", 1),
    sendable_count: count("Rows that an import would send.", 1),
    rows: z.array(CheckedInvite),
  })
  .apply(withSchemaName("InviteImportCheck"))

export const InviteImport = z
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

export const InviteImportRow = z
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

export const toCheckedInvite = (
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

export function toInviteImport(job: Job, estimate?: Date): z.infer<typeof InviteImport> {
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

export const toImportRow = (
  { position, status, code, detail, inviteId }: ImportRowState,
  key: ApiKeyActor,
): z.infer<typeof InviteImportRow> => ({
  row: position,
  status,
  code: RESULTS.find((result) => result === code) ?? null,
  errors: status === "failed" ? toProblemErrors(detail.errors ?? []).map((error) => hideOwner(key, error)) : [],
  invite_id: inviteId,
})
