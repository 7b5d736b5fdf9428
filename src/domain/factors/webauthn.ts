import { createHash } from "node:crypto"
import {
  ClientDataType,
  COSEKeyType,
  type COSEPublicKey,
  coseAlgorithmES256,
  coseAlgorithmRS256,
  coseEllipticCurveP256,
  parseAttestationObject,
  parseAuthenticatorData,
  parseClientDataJSON,
} from "@oslojs/webauthn"
import * as z from "zod"
import type { Passkey } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"

// Verifies what authenticators sign (Web Authentication, level 3, sections 7.1 and 7.2). Attestation isn't asked for: we trust any
// authenticator that verifies its user.

/** Why a response of an authenticator is refused. People read one message for all. */
export type Refusal =
  | "malformed"
  | "wrong_type"
  | "wrong_challenge"
  | "wrong_origin"
  | "wrong_relying_party"
  | "user_not_verified"
  | "unsupported_key"
  | "unknown_passkey"
  | "wrong_signature"
  | "counter_not_higher"
  | "replayed"

/** Thrown inside this folder only; `passkeys.ts` returns the reason as data. */
export class RefusedPasskey extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal)
    this.refusal = refusal
  }
}

/** Our origin and its host name, to which passkeys are bound. */
export function relyingParty({ config }: Pick<Deps, "config">) {
  const { origin, hostname } = new URL(config.baseUrl)
  return { origin, id: hostname }
}

type RelyingParty = ReturnType<typeof relyingParty>

export const KEY_ALGORITHMS = [coseAlgorithmES256, coseAlgorithmRS256]

/** RS256 stays, because Windows Hello can't sign in another way on many machines. */
const RSA_MIN_BITS = 2048
const RESPONSE_MAX = 10_000
const bytesField = z
  .string()
  .regex(/^[\w-]*$/)
  .transform((text): Uint8Array => Buffer.from(text, "base64url"))

const registrationFields = z.object({ clientDataJSON: bytesField, attestationObject: bytesField })
const assertionFields = z.object({
  id: z.string().min(1),
  clientDataJSON: bytesField,
  authenticatorData: bytesField,
  signature: bytesField,
  userHandle: z.string().nullish(),
})

/** Parses the JSON that public/passkeys.js puts into a form. */
const parse = <T>(schema: z.ZodType<T>, text: string): T =>
  refuseUnless("malformed", () => schema.parse(JSON.parse(text.length <= RESPONSE_MAX ? text : "")))

/** A new passkey. `challenge` is still to be checked, `credentialId` in base64url. */
export type NewPasskey = Pick<Passkey, "credentialId" | "publicKey" | "signCount"> & { challenge: Uint8Array }

/** Verifies the response to a registration, except its challenge. Throws `RefusedPasskey`. */
export async function verifyRegistration(relyingParty: RelyingParty, text: string): Promise<NewPasskey> {
  const { clientDataJSON, attestationObject } = parse(registrationFields, text)
  const challenge = verifyClientData(relyingParty, clientDataJSON, ClientDataType.Create)
  const { authenticatorData } = refuseUnless("malformed", () => parseAttestationObject(attestationObject))
  verifyUser(relyingParty, authenticatorData)
  const { credential, signatureCounter } = authenticatorData
  if (!credential) throw new RefusedPasskey("malformed")
  const credentialId = Buffer.from(credential.id).toString("base64url")
  const publicKey = toJwk(credential.publicKey)
  const isKey = await importKey(publicKey).then(Boolean, () => false) // false if it isn't a point of its curve
  if (!isKey) throw new RefusedPasskey("unsupported_key")
  return { challenge, credentialId, publicKey, signCount: signatureCounter }
}

type Assertion = z.infer<typeof assertionFields>

/** Parses the response to a request for a passkey. Throws `RefusedPasskey`. */
export const parseAssertion = (text: string): Assertion => parse(assertionFields, text)

/** Verifies an assertion with the public key of its passkey, except its challenge. Throws `RefusedPasskey`. */
export async function verifyAssertion(
  relyingParty: RelyingParty,
  { clientDataJSON, authenticatorData: encoded, signature, userHandle }: Assertion,
  passkey: Passkey,
): Promise<{ challenge: Uint8Array; signCount: number }> {
  const challenge = verifyClientData(relyingParty, clientDataJSON, ClientDataType.Get)
  const authenticatorData = refuseUnless("malformed", () => parseAuthenticatorData(encoded))
  verifyUser(relyingParty, authenticatorData)
  if (userHandle && userHandle !== passkey.userHandle) throw new RefusedPasskey("unknown_passkey")
  const message = Buffer.concat([encoded, sha256(clientDataJSON)])
  if (!(await verifySignature(passkey.publicKey, signature, message))) throw new RefusedPasskey("wrong_signature")
  return { challenge, signCount: authenticatorData.signatureCounter }
}

function verifyClientData(relyingParty: RelyingParty, json: Uint8Array, type: ClientDataType): Uint8Array {
  const clientData = refuseUnless("malformed", () => parseClientDataJSON(json))
  if (clientData.type !== type) throw new RefusedPasskey("wrong_type")
  if (clientData.origin !== relyingParty.origin || clientData.crossOrigin) throw new RefusedPasskey("wrong_origin")
  return clientData.challenge
}

/** By the runtime; the library brings its own in JavaScript. */
const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest()

/** A passkey replaces both factors, so the authenticator must have verified its user, by PIN or biometrics. */
function verifyUser({ id }: RelyingParty, data: ReturnType<typeof parseAuthenticatorData>): void {
  if (!sha256(id).equals(data.relyingPartyIdHash)) throw new RefusedPasskey("wrong_relying_party")
  if (!data.userPresent || !data.userVerified) throw new RefusedPasskey("user_not_verified")
}

function toJwk(key: COSEPublicKey): JsonWebKey {
  return refuseUnless("unsupported_key", () => {
    const toText = (value: bigint, bytes: number) =>
      Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex").toString("base64url")
    if (key.type() === COSEKeyType.EC2 && key.algorithm() === coseAlgorithmES256) {
      const { curve, x, y } = key.ec2()
      if (curve !== coseEllipticCurveP256) throw new RefusedPasskey("unsupported_key")
      return { kty: "EC", crv: "P-256", x: toText(x, 32), y: toText(y, 32) }
    }
    if (key.type() !== COSEKeyType.RSA || key.algorithm() !== coseAlgorithmRS256) {
      throw new RefusedPasskey("unsupported_key")
    }
    const { n, e } = key.rsa()
    if (n.toString(2).length < RSA_MIN_BITS) throw new RefusedPasskey("unsupported_key")
    return { kty: "RSA", n: toText(n, Math.ceil(n.toString(16).length / 2)), e: toText(e, 3) }
  })
}

const algorithmOf = ({ kty }: JsonWebKey) =>
  kty === "EC"
    ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
    : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

const importKey = (jwk: JsonWebKey) => crypto.subtle.importKey("jwk", jwk, algorithmOf(jwk), false, ["verify"])

async function verifySignature(jwk: JsonWebKey, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  const bytes = jwk.kty === "EC" ? refuseUnless("wrong_signature", () => fromDer(signature)) : signature
  return crypto.subtle.verify(algorithmOf(jwk), await importKey(jwk), bytes, message)
}

/** Converts an ECDSA signature from DER, which authenticators use, to the two 32-byte numbers that WebCrypto reads. */
function fromDer(signature: Uint8Array): Uint8Array {
  const [sequence, , firstTag, firstLength = 0] = signature
  const second = 4 + firstLength
  const isSequence = sequence === 0x30 && firstTag === 2 && signature[second] === 2
  const secondLength = signature[second + 1] ?? 0
  if (!isSequence || second + 2 + secondLength !== signature.length) throw new RefusedPasskey("wrong_signature")
  const numbers = [signature.slice(4, second), signature.slice(second + 2)]
  return Buffer.concat(numbers.map((number) => Buffer.concat([Buffer.alloc(32), number]).subarray(-32)))
}

/** Runs a parser of foreign bytes: any error it throws is a refusal. */
function refuseUnless<T>(refusal: Refusal, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof RefusedPasskey ? error : new RefusedPasskey(refusal)
  }
}
