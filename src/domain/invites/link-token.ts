import { CompactSign, compactVerify, errors } from "jose"
import * as z from "zod"
import { href, type RouteName } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"

/** Signing keys, newest first: the first signs, all verify. */
export type LinkKeys = { kid: string; secret: Uint8Array }[]

/** The claims of a registration link. Times in seconds, as in JWT. */
export type LinkClaims = z.infer<typeof linkClaims>

const ALGORITHM = "HS256"
const MIN_SECRET_BYTES = 32 // RFC 7518, 3.2: a key of the hash's size or larger
const MAX_TOKEN_LENGTH = 1_000

const linkClaims = z.object({
  sub: z.string().regex(/^inv_[0-9a-z]{26}$/),
  ver: z.int().min(1),
  use: z.enum(["registration", "decline"]),
  via: z.enum(["email", "copy"]),
  exp: z.int(),
})

/** Parses the LINK_KEYS secret: a JSON list of `{kid, secret}`, secrets in base64url. Throws if it isn't valid. */
export function parseLinkKeys(json: string): LinkKeys {
  const entries = z
    .array(z.object({ kid: z.string().min(1), secret: z.string().min(1) }))
    .min(1)
    .parse(JSON.parse(json))
  return entries.map(({ kid, secret }) => {
    const bytes = new Uint8Array(Buffer.from(secret, "base64url"))
    if (bytes.length < MIN_SECRET_BYTES) throw new Error(`LINK_KEYS: the secret of key ${kid} is under 32 bytes`)
    return { kid, secret: bytes }
  })
}

export type LinkUse = LinkClaims["use"]

/**
 * Signs a link token: a compact JWS for one use, which is stored nowhere. A token with `via: "email"` proves access to the contact's
 * mailbox; one with `via: "copy"` may be in anyone's hands.
 */
export function signLink(
  keys: LinkKeys,
  {
    invite,
    use,
    via,
  }: { invite: Pick<Invite, "id" | "linkVersion" | "expiresAt">; use: LinkUse; via: LinkClaims["via"] },
): Promise<string> {
  const [key] = keys
  if (!key) throw new Error("there is no link key")
  const claims: LinkClaims = {
    sub: invite.id,
    ver: invite.linkVersion,
    use,
    via,
    exp: Math.floor(invite.expiresAt.getTime() / 1000),
  }
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid })
    .sign(key.secret)
}

/** The claims of a token that we signed for this use, or undefined. Doesn't check the state of the invite. */
export async function verifyLinkToken(keys: LinkKeys, token: string, use: LinkUse): Promise<LinkClaims | undefined> {
  if (token.length > MAX_TOKEN_LENGTH || !isCanonical(token)) return undefined
  try {
    const { payload } = await compactVerify(
      token,
      ({ kid }) => {
        const key = keys.find((candidate) => candidate.kid === kid)
        if (!key) throw new errors.JWKSNoMatchingKey()
        return key.secret
      },
      { algorithms: [ALGORITHM] },
    )
    const claims = linkClaims.safeParse(JSON.parse(new TextDecoder().decode(payload))).data
    return claims?.use === use ? claims : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The last character of a signature has two unused bits. Of the four equivalent ones, only ours is accepted. */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf(".") + 1)
  return Buffer.from(signature, "base64url").toString("base64url") === signature
}

/** The format of a token: the header of a JWS (RFC 7515), claims, and a signature of 32 bytes. */
const TOKEN_PATTERN = /eyJ[\w-]*\.[\w-]+\.[\w-]{43}/

/**
 * Undoes what email programs do to links (escapes, line wraps, quoting, trailing punctuation). Returns the token only if the result
 * verifies.
 */
export async function repairLink(keys: LinkKeys, token: string, use: LinkUse): Promise<string | undefined> {
  if (token.length > 4 * MAX_TOKEN_LENGTH) return undefined
  const unescaped = unescapeOnce(unescapeOnce(token))
  for (const text of new Set([token, unescaped])) {
    const [candidate] = TOKEN_PATTERN.exec(text.replace(/[^\w.-]/g, "")) ?? []
    if (candidate && candidate !== token && (await verifyLinkToken(keys, candidate, use))) return candidate
  }
  return undefined
}

/** Removes one layer of escapes: of URLs (`%2E`), quoted-printable (`=2E`, RFC 2045, 6.7) and HTML (`&#46;`). */
function unescapeOnce(text: string): string {
  return text
    .replace(/[%=]([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&#(\d{1,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
}

const LINK_ROUTES = { registration: "registration.show", decline: "decline.show" } as const satisfies Record<
  LinkUse,
  RouteName
>

/** The URL of a link, on the configured host regardless of the request. */
export function linkUrl(baseUrl: string, use: LinkUse, token: string): string {
  return new URL(href(LINK_ROUTES[use], { token }), baseUrl).href
}
