import { createHmac } from "node:crypto"
import type { SealedEntry } from "./seal-chain.ts"

// The entry of a purge says what may be empty since then. Its detail is a proof that the Worker made it, and is sealed with it:
// someone with access to the database can add an entry, but doesn't know the secret.

/** The entry of a purge, as stored. `sequence` is null until it is sealed. */
export type Purge = Pick<SealedEntry, "id" | "reseller_id" | "action" | "subject_id"> & {
  detail: string | null
  sequence: number | null
}

type ProvenEntry = { id: string; resellerId: string; action: string; subjectId: string }

/**
 * The detail of a purge's entry. Without `entryIds` it has emptied everything about its subject (an invite or a person) that precedes
 * it; with them, the details of those entries alone.
 */
export function provePurge(secret: string, entry: ProvenEntry, entryIds?: string[]): string {
  const scope = entryIds ? ["entries", ...entryIds].join(" ") : "subject"
  return `${sign(secret, entry, scope)} ${scope}`
}

function sign(secret: string, { id, resellerId, action, subjectId }: ProvenEntry, scope: string): string {
  const text = JSON.stringify(["vestibule purge", id, resellerId, action, subjectId, scope])
  return createHmac("sha256", secret).update(text).digest("base64url")
}

/** Whether the purge was made with one of the secrets. */
export function isPurgeProven(secrets: string[], { detail, ...purge }: Purge): boolean {
  const [proof, ...scope] = (detail ?? "").split(" ")
  const entry = { ...purge, resellerId: purge.reseller_id, subjectId: purge.subject_id }
  return secrets.some((secret) => sign(secret, entry, scope.join(" ")) === proof)
}

/** Whether the purge has emptied this part of the entry `sequence`: the name of its actor, or its detail. */
export function hasEmptied(
  purge: Purge,
  { sequence, entry, part }: { sequence: number; entry: SealedEntry; part: "actor" | "detail" },
): boolean {
  if (purge.reseller_id !== entry.reseller_id) return false
  if (purge.sequence !== null && purge.sequence <= sequence) return false
  const [, scope, ...entryIds] = (purge.detail ?? "").split(" ")
  const isSubject = purge.subject_id === entry.subject_id
  if (scope === "entries") return part === "detail" && isSubject && entryIds.includes(entry.id)
  if (part === "detail") return isSubject
  const isInvite = purge.action === "invite.purged"
  return isInvite ? isSubject && entry.actor_kind === "contact" : purge.subject_id === entry.actor_id
}
