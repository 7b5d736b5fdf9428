import { and, eq, sql } from "drizzle-orm"
import { invites, type JobRow } from "../../storage/schema.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { resendColumns } from "../invites/resend.ts"
import { enqueueStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { bulkChange } from "./bulk-change.ts"
import { type ClaimedJob, type JobHandler, sendKey } from "./handler.ts"
import { resendObstacle } from "./obstacles.ts"
import { type RowResult, writeResultsStatement } from "./results.ts"

/** Resends invites as `resendInvite` does, each with a new link and expiry. */
export const resendHandler: JobHandler = {
  sendsEmails: true,
  prepare: async (deps, job, rows) => {
    const { candidates, failures } = await loadCandidates(deps, job, rows)
    const { allowed, denials, resumeAt } = await reserve(deps, job, candidates)
    const results = [...failures, ...denials]
    return {
      statements: [
        ...(allowed.length > 0 ? resendStatements(deps, job, allowed) : []),
        ...(results.length > 0 ? [writeResultsStatement(deps, job, results)] : []),
      ],
      sends: allowed,
      resumeAt,
    }
  },
}

type Candidate = { position: number; inviteId: string; email: string; linkVersion: number }

/** The invites that can be resent, as far as the database knows. Of several with the same address or external id, only the first can. */
async function loadCandidates({ db }: Deps, job: ClaimedJob, rows: JobRow[]) {
  const values = JSON.stringify(rows.map(({ position, inviteId }) => [position, inviteId]))
  const found = await db.all<{
    position: number
    id: string | null
    email: string
    version: number
    external_id: string | null
    code: string | null
  }>(
    sql`SELECT item.value ->> 0 AS position, invite.id AS id, invite.contact_email AS email, invite.link_version AS version, invite.external_id,
        ${resendObstacle("invite")} AS code
      FROM json_each(${values}) AS item LEFT JOIN invites AS invite
        ON invite.id = item.value ->> 1 AND invite.audience_id = ${job.resellerId}`,
  )
  const addresses = new Set<string>()
  const externalIds = new Set<string>()
  const candidates: Candidate[] = []
  const failures: RowResult[] = []
  for (const { position, id, email, version, external_id, code } of found) {
    if (code || !id) failures.push({ position, status: "failed", code })
    else if (addresses.has(email)) failures.push({ position, status: "failed", code: "newer_invite_pending" })
    else if (external_id !== null && externalIds.has(external_id))
      failures.push({ position, status: "failed", code: "external_id_taken" })
    else {
      addresses.add(email)
      if (external_id !== null) externalIds.add(external_id)
      candidates.push({ position, inviteId: id, email, linkVersion: version })
    }
  }
  return { candidates, failures }
}

/** Reserves the emails. Rows that the hourly limit delays wait until `resumeAt`; any other limit is the result of its row. */
async function reserve(deps: Deps, job: ClaimedJob, candidates: Candidate[]) {
  const requests = candidates.map(({ position, inviteId }) => ({
    key: sendKey({ jobId: job.id, position }),
    inviteId,
    kind: "resend" as const,
  }))
  const decisions = requests.length > 0 ? await deps.reserveSends(job.resellerId, requests) : []
  const allowed: (Candidate & { sendId: number })[] = []
  const denials: RowResult[] = []
  let resumeAt: Date | undefined
  for (const [n, candidate] of candidates.entries()) {
    const decision = decisions[n]
    if (!decision) throw new Error("the limiter did not decide about every email")
    if (decision.allowed) allowed.push({ ...candidate, sendId: decision.sendId })
    else if (decision.scope === "email_hourly_limit") resumeAt ??= decision.resetAt
    else {
      const { scope: code, resetAt } = decision
      denials.push({ position: candidate.position, status: "failed", code, detail: resetAt.toISOString() })
    }
  }
  return { allowed, denials, resumeAt }
}

function resendStatements(deps: Deps, job: ClaimedJob, allowed: Candidate[]): Statement[] {
  const { db } = deps
  const now = deps.now()
  const change = bulkChange(deps, job, "invite.resent", allowed)
  const items = allowed.map(({ inviteId, email, linkVersion }) => ({
    id: inviteId,
    version: linkVersion,
    address: email,
    mail: newEmailId(now),
    hash: hashRecipient(deps, "invite", email),
  }))
  const source = sql`json_each(${JSON.stringify(items)}) AS item`
  return [
    db
      .update(invites)
      .set({
        ...resendColumns(sql`item.value ->> 'mail'`, now, sql`${invites.expiresInDays}`),
        linkVersion: sql`${invites.linkVersion} + 1`,
        lastChangeId: change.changeId(sql`${invites.id}`),
      })
      .from(source)
      .where(
        and(
          change.isTarget,
          sql`${invites.id} = item.value ->> 'id' AND ${invites.contactEmail} = item.value ->> 'address'`,
          eq(invites.linkVersion, sql`item.value ->> 'version'`),
          sql`${resendObstacle("invites")} IS NULL`,
        ),
      ),
    enqueueStatement(deps, {
      message: {
        id: sql`item.value ->> 'mail'`,
        kind: "invite",
        resellerId: job.resellerId,
        inviteId: sql`invite.id`,
        linkVersion: sql`invite.link_version`,
        recipient: sql`invite.contact_email`,
        recipientHash: sql`item.value ->> 'hash'`,
        isBulk: true,
      },
      source: sql`FROM ${source} CROSS JOIN invites AS invite ON invite.id = item.value ->> 'id'
        WHERE ${change.isApplied(sql`invite.id`)}`,
    }),
    ...change.recordStatements(sql`invite.contact_email`),
    change.resultStatement(sql`coalesce(${resendObstacle("invite")}, 'conflict')`),
  ]
}
