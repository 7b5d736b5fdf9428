import type { AcceptableInvite } from "./acceptable-invites.ts"
import type { Call } from "./client.ts"
import { type Data, FLOOR_RESELLER } from "./data.ts"
import { numberedInviteId, RARE } from "./fill-invites.ts"
import type { Service } from "./origins.ts"

export type Scenario = {
  name: string
  service: Service
  /** The scenario that its ratios are to: the least that the same work costs. */
  floor: string
  /** How many requests a round sends. */
  requests: number
  /** How many requests warm it up, if there are too few invites to accept for the usual number. */
  warmUp?: number
  /** How many are sent at a time, 10 if not said. */
  connections?: number
  /** A status other than 2xx that means success. */
  status?: number
  /** The request number `n`, counted through all rounds. */
  call: (data: Data, n: number) => Call
  /** Whether a response shows what was asked for. */
  isComplete: (body: string) => boolean
}

/** `ratio`: of the speed, at least. */
export type Target = { scenario: string; to: string; ratio: number }

const LIST_FLOOR = "floor: read 25 rows"
const GET_FLOOR = "floor: read 1 row"
const INSERT_FLOOR = "floor: insert"
const FLOOR_PATH = `/${FLOOR_RESELLER}/invites`
const PAGE_SIZE = 25
/** A page that starts with this invite is the last but one, however many there are. */
const DEEP = numberedInviteId(60)
/** An address of all filled invites, which no created one has. */
const EVERY_INVITE = "h.h"

const includesTimes = (part: string, times: number) => (body: string) => body.split(part).length > times
const json = (value: object) => ({ headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) })

const newInvite = (n: number) => ({
  company_name: `northwind logistics ${n}`,
  contact_name: "priya nair",
  contact_email: `new-${n}@customer.example`,
})

const page = (path: string) => ({
  service: "vestibule" as const,
  floor: LIST_FLOOR,
  requests: 200,
  call: ({ cookie }: Data): Call => ({ path, headers: { Cookie: cookie } }),
  isComplete: includesTimes('href="/customers/invites/inv_', PAGE_SIZE),
})

const api = (path: string) => ({
  service: "vestibule" as const,
  requests: 300,
  call: ({ apiKey }: Data): Call => ({ path: `/api/v1${path}`, headers: { Authorization: `Bearer ${apiKey}` } }),
})

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "floor: bare Hono",
    service: "floor",
    floor: "floor: bare Hono",
    requests: 500,
    call: () => ({ path: "/" }),
    isComplete: (body) => body === "ok",
  },
  {
    name: LIST_FLOOR,
    service: "floor",
    floor: LIST_FLOOR,
    requests: 500,
    call: () => ({ path: FLOOR_PATH }),
    isComplete: includesTimes('"id":"inv_', PAGE_SIZE),
  },
  {
    name: GET_FLOOR,
    service: "floor",
    floor: GET_FLOOR,
    requests: 500,
    call: () => ({ path: `${FLOOR_PATH}/${DEEP}` }),
    isComplete: includesTimes(DEEP, 1),
  },
  { name: "API: list", floor: LIST_FLOOR, ...api("/invites"), isComplete: includesTimes('"id":"inv_', PAGE_SIZE) },
  { name: "API: get", floor: GET_FLOOR, ...api(`/invites/${DEEP}`), isComplete: includesTimes(DEEP, 1) },
  { name: "page: invites", ...page("/customers/invites") },
  { name: "page: invites, deep", ...page(`/customers/invites?before=${DEEP}`) },
  { name: "page: search, rare", ...page(`/customers/invites?q=${RARE.lastName}`) },
  { name: "page: search, common", ...page(`/customers/invites?q=${EVERY_INVITE}`) },
  { name: "page: dashboard", ...page("/"), isComplete: includesTimes('href="/customers/invites/inv_', 6) },
  {
    name: "Better Auth: list",
    service: "betterAuth",
    floor: LIST_FLOOR,
    requests: 100,
    call: ({ betterAuth: { organizationId, cookie } }) => ({
      path: `/api/auth/organization/list-invitations?organizationId=${organizationId}`,
      headers: { Cookie: cookie },
    }),
    isComplete: includesTimes('"email":', PAGE_SIZE),
  },
  {
    name: INSERT_FLOOR,
    service: "floor",
    floor: INSERT_FLOOR,
    requests: 300,
    call: (_, n) => ({ method: "POST", path: FLOOR_PATH, ...json(newInvite(n)) }),
    isComplete: includesTimes('"id":"inv_', 1),
  },
  {
    name: "API: create",
    service: "vestibule",
    floor: INSERT_FLOOR,
    requests: 200,
    call: ({ apiKey, billingEmail }, n) => {
      const { headers, body } = json({
        ...newInvite(n),
        billing_email: billingEmail,
        billing_phone: "+1 415 555 0132",
      })
      return {
        method: "POST",
        path: "/api/v1/invites",
        headers: { ...headers, Authorization: `Bearer ${apiKey}`, "Idempotency-Key": `bench-invite-${n}` },
        body,
      }
    },
    isComplete: includesTimes('"status":"pending"', 1),
  },
  {
    name: "Better Auth: create",
    service: "betterAuth",
    floor: INSERT_FLOOR,
    requests: 100,
    call: ({ betterAuth: { organizationId, cookie } }, n) => {
      const { headers, body } = json({ organizationId, email: newInvite(n).contact_email, role: "member" })
      return {
        method: "POST",
        path: "/api/auth/organization/invite-member",
        headers: { ...headers, Cookie: cookie },
        body,
      }
    },
    isComplete: includesTimes('"status":"pending"', 1),
  },
  {
    name: "accept, signed in",
    service: "vestibule",
    floor: INSERT_FLOOR,
    requests: 100,
    warmUp: 200,
    status: 303,
    call: ({ acceptableInvites }, n) => acceptCall(acceptableInvites.filter(({ isSignedIn }) => isSignedIn)[n], n),
    isComplete: () => true,
  },
  {
    // The hash of a password takes most of it, and two are hashed at a time.
    name: "accept, new password",
    service: "vestibule",
    floor: INSERT_FLOOR,
    requests: 5,
    warmUp: 5,
    connections: 2,
    status: 303,
    call: ({ acceptableInvites }, n) => acceptCall(acceptableInvites.filter(({ isSignedIn }) => !isSignedIn)[n], n),
    isComplete: () => true,
  },
]

function acceptCall(invite: AcceptableInvite | undefined, n: number): Call {
  if (!invite) throw new Error("there are too few invites to accept")
  const form = { name: "Priya Nair", password: `violet-harbor-lantern-${n}`, accept_terms: "on" }
  const headers = { "Content-Type": "application/x-www-form-urlencoded", Cookie: invite.cookie }
  return { method: "POST", path: invite.path, headers, body: new URLSearchParams(form).toString() }
}

export const TARGETS: readonly Target[] = [
  { scenario: "API: list", to: LIST_FLOOR, ratio: 0.45 },
  { scenario: "API: get", to: GET_FLOOR, ratio: 0.6 },
  { scenario: "page: invites", to: LIST_FLOOR, ratio: 0.35 },
  { scenario: "page: search, rare", to: LIST_FLOOR, ratio: 0.3 },
  { scenario: "page: search, common", to: LIST_FLOOR, ratio: 0.3 },
  { scenario: "page: dashboard", to: LIST_FLOOR, ratio: 0.45 },
  { scenario: "API: create", to: INSERT_FLOOR, ratio: 0.28 },
  { scenario: "API: list", to: "Better Auth: list", ratio: 3 },
  { scenario: "API: create", to: "Better Auth: create", ratio: 2 },
]

/** The p50 of these at the largest size is at most this ratio of that at the smallest. */
export const GROWTH_TARGET = {
  scenarios: ["page: invites", "page: invites, deep", "page: search, rare", "page: search, common"],
  ratio: 1.2,
}
