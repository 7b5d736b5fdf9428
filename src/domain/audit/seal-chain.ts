import { createHash } from "node:crypto"
import { hasEmptied, isPurgeProven, type Purge } from "./purge-proof.ts"

// The chain of seals over a reseller's audit entries, without any storage: the sealing job, the page and `npm run audit:verify`
// share it. A seal is a SHA-256 over the entry, the salted hashes of its personal values, its number and the seal before it.

/** The hash that the first seal of a reseller builds on. */
export const GENESIS = ""

/** The personal values of an entry, as stored: each salt is null where there is no value, or where it was purged. */
export type SealedValues = {
  actor_salt: string | null
  actor_name: string | null
  detail_salt: string | null
  detail: string | null
  changes: string | null
}

/** An entry as stored, without its personal values. */
export type SealedEntry = {
  id: string
  reseller_id: string
  action: string
  subject_id: string
  person_id: string | null
  actor_kind: string
  actor_id: string | null
  created_at: number
}

export type Seal = {
  sequence: number
  actor_hash: string | null
  detail_hash: string | null
  sealed_at: number
  hash: string
}

/** A seal with what it covers. `entry` is null if it was removed; `purges` are those that can have emptied `values`. */
export type ChainLink = Seal & { entry_id: string; entry: SealedEntry | null; values: SealedValues; purges: Purge[] }

export type ChainHead = { sequence: number; hash: string }

/** What is wrong with a chain, and at which number. */
export type ChainProblem = { sequence: number; kind: ProblemKind }
type ProblemKind = "removed" | "altered" | "values_altered" | "purge_unproven" | "head_differs"

const sha256 = (...parts: unknown[]) => createHash("sha256").update(JSON.stringify(parts)).digest("hex")

/** The salted hash of the actor's name; null without one. */
export const hashActor = ({ actor_salt, actor_name }: SealedValues) =>
  actor_salt === null && actor_name === null ? null : sha256(actor_salt, actor_name)

/** The salted hash of what the entry says about its subject; null if it says nothing. */
export const hashDetail = ({ detail_salt, detail, changes }: SealedValues) =>
  detail_salt === null && detail === null && changes === null ? null : sha256(detail_salt, detail, changes)

/** The hash of a seal. */
export function hashSeal(previousHash: string, entry: SealedEntry, seal: Omit<Seal, "hash">): string {
  const { id, reseller_id, action, subject_id, person_id, actor_kind, actor_id, created_at } = entry
  const { sequence, actor_hash, detail_hash, sealed_at } = seal
  return sha256(
    ...["vestibule audit 1", previousHash, reseller_id, sequence, sealed_at],
    ...[id, action, subject_id, person_id, actor_kind, actor_id, created_at, actor_hash, detail_hash],
  )
}

/** The next seal of a chain. */
export function sealEntry(head: ChainHead, entry: SealedEntry, values: SealedValues, sealedAt: number): Seal {
  const seal = {
    sequence: head.sequence + 1,
    actor_hash: hashActor(values),
    detail_hash: hashDetail(values),
    sealed_at: sealedAt,
  }
  return { ...seal, hash: hashSeal(head.hash, entry, seal) }
}

/**
 * Finds every break of a part of a chain: `links` are in order and follow `head`. Returns the head after them. Values may be missing
 * if a purge that was made with one of the secrets has emptied them.
 */
export function verifyLinks(
  secrets: string[],
  head: ChainHead,
  links: ChainLink[],
): { head: ChainHead; problems: ChainProblem[] } {
  const problems: ChainProblem[] = []
  let { sequence, hash } = head
  for (const link of links) {
    if (link.sequence !== sequence + 1) problems.push({ sequence: sequence + 1, kind: "removed" })
    const kind = problemOf(secrets, hash, link)
    if (kind) problems.push({ sequence: link.sequence, kind })
    sequence = link.sequence
    hash = link.hash
  }
  return { head: { sequence, hash }, problems }
}

/** The problem at the end of a chain: it must end with the stored head. */
export function verifyHead(end: ChainHead, stored: ChainHead | undefined): ChainProblem[] {
  if (end.sequence < (stored?.sequence ?? 0)) return [{ sequence: end.sequence + 1, kind: "removed" }]
  const isSame = end.sequence === (stored?.sequence ?? 0) && end.hash === (stored?.hash ?? GENESIS)
  return isSame ? [] : [{ sequence: end.sequence, kind: "head_differs" }]
}

function problemOf(secrets: string[], previousHash: string, link: ChainLink): ProblemKind | null {
  const { entry, values, purges, ...seal } = link
  if (!entry) return "removed"
  if (hashSeal(previousHash, entry, seal) !== seal.hash) return "altered"
  const problems = [
    partProblem(seal.actor_hash, hashActor(values), (purge) => hasEmptied(purge, { ...seal, entry, part: "actor" })),
    partProblem(seal.detail_hash, hashDetail(values), (purge) => hasEmptied(purge, { ...seal, entry, part: "detail" })),
  ]
  return problems.find((problem) => problem !== null) ?? null

  function partProblem(
    sealed: string | null,
    current: string | null,
    isCovered: (purge: Purge) => boolean,
  ): ProblemKind | null {
    if (sealed === current) return null
    const covering = current === null ? purges.filter(isCovered) : []
    if (covering.some((purge) => isPurgeProven(secrets, purge))) return null
    return covering.length > 0 ? "purge_unproven" : "values_altered"
  }
}
