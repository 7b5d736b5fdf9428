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

/** The detail of a purge's entry. The purge has emptied everything about its subject, an invite or a person, that precedes it. */
export function provePurge(secret: string, { id, resellerId, action, subjectId }: ProvenEntry): string {
  const text = JSON.stringify(["vestibule purge", id, resellerId, action, subjectId])
  return createHmac("sha256", secret).update(text).digest("base64url")
}

/** Whether the purge was made with one of the secrets. */
export function isPurgeProven(secrets: string[], { detail, ...purge }: Purge): boolean {
  const entry = { ...purge, resellerId: purge.reseller_id, subjectId: purge.subject_id }
  return secrets.some((secret) => provePurge(secret, entry) === detail)
}

/** Whether the purge has emptied this part of the entry `sequence`: the name of its actor, or its detail. */
export function hasEmptied(
  purge: Purge,
  { sequence, entry, part }: { sequence: number; entry: SealedEntry; part: "actor" | "detail" },
): boolean {
  if (purge.reseller_id !== entry.reseller_id) return false
  if (purge.sequence !== null && purge.sequence <= sequence) return false
  if (purge.action === "invite.purged") {
    return purge.subject_id === entry.subject_id && (part === "detail" || entry.actor_kind === "contact")
  }
  return purge.subject_id === (part === "detail" ? entry.person_id : entry.actor_id)
}
