import { createHash } from "node:crypto"
import { ORIGIN } from "./app.ts"

type Options = {
  challenge: string
  user?: { id: string }
  rp?: { id: string }
  rpId?: string
}

/** What a dishonest page or authenticator would send instead. */
export type Forgery = {
  origin?: string
  rpId?: string
  isUserVerified?: boolean
  crossOrigin?: boolean
  type?: string
  counter?: number
  credentialId?: string
  publicKey?: Partial<JsonWebKey>
}

const USER_PRESENT = 1
const USER_VERIFIED = 4
const HAS_CREDENTIAL = 64

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url")
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest()

/** An authenticator with one passkey, of ES256 or of RS256, which answers as browsers and public/passkeys.js do. */
export class Authenticator {
  readonly #keys: CryptoKeyPair
  readonly #id: string
  #userHandle = ""
  counter = 0

  private constructor(keys: CryptoKeyPair) {
    this.#keys = keys
    this.#id = base64url(crypto.getRandomValues(new Uint8Array(16)))
  }

  static async start(): Promise<Authenticator> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" }
    return new Authenticator((await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair)
  }

  /** Signs with RS256, as Windows Hello does. */
  static async startWithRsa(modulusLength: number): Promise<Authenticator> {
    const publicExponent = new Uint8Array([1, 0, 1])
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength, publicExponent }
    return new Authenticator((await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair)
  }

  /** Answers `navigator.credentials.create`. */
  async create(options: Options, forgery: Forgery = {}): Promise<string> {
    this.#userHandle = options.user?.id ?? ""
    const id = Buffer.from(this.#id, "base64url")
    const key = toCose({
      ...((await crypto.subtle.exportKey("jwk", this.#keys.publicKey)) as JsonWebKey),
      ...forgery.publicKey,
    })
    const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
    const data = this.#authenticatorData(options.rp?.id ?? "", forgery, HAS_CREDENTIAL, credential)
    // CBOR: { fmt: "none", attStmt: {}, authData }
    const head = Buffer.from("a363666d74646e6f6e656761747453746d74a068617574684461746159", "hex")
    const attestationObject = Buffer.concat([head, Buffer.from([data.length >> 8, data.length & 255]), data])
    return JSON.stringify({
      clientDataJSON: base64url(clientData("webauthn.create", options.challenge, forgery)),
      attestationObject: base64url(attestationObject),
    })
  }

  /** Answers `navigator.credentials.get`. */
  async get(options: Options, forgery: Forgery = {}): Promise<string> {
    this.counter += 1
    const data = this.#authenticatorData(options.rpId ?? "", forgery)
    const json = clientData("webauthn.get", options.challenge, forgery)
    const { name } = this.#keys.privateKey.algorithm
    const signed = Buffer.concat([data, sha256(json)])
    const algorithm = { name, hash: "SHA-256" }
    const signature = new Uint8Array(await crypto.subtle.sign(algorithm, this.#keys.privateKey, signed))
    return JSON.stringify({
      id: forgery.credentialId ?? this.#id,
      clientDataJSON: base64url(json),
      authenticatorData: base64url(data),
      signature: base64url(name === "ECDSA" ? toDer(signature) : signature),
      userHandle: this.#userHandle,
    })
  }

  get credentialId() {
    return this.#id
  }

  #authenticatorData(rpId: string, forgery: Forgery, flags = 0, credential: Uint8Array = new Uint8Array()): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(forgery.counter ?? this.counter)
    const isVerified = forgery.isUserVerified ?? true
    const flagByte = Buffer.from([USER_PRESENT | (isVerified ? USER_VERIFIED : 0) | flags])
    return Buffer.concat([sha256(forgery.rpId ?? rpId), flagByte, counter, credential])
  }
}

/** A public key in COSE: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x and y; or kty 3 (RSA), alg -257 (RS256), n and e (65537). */
function toCose({ kty, x = "", y = "", n = "" }: JsonWebKey): Buffer {
  const text = (hex: string) => Buffer.from(hex, "hex")
  const number = (value: string) => Buffer.from(value, "base64url")
  if (kty === "EC") return Buffer.concat([text("a5010203262001215820"), number(x), text("225820"), number(y)])
  const modulus = number(n)
  const length = Buffer.from([modulus.length >> 8, modulus.length & 255])
  return Buffer.concat([text("a401030339010020"), text("59"), length, modulus, text("2143010001")])
}

function clientData(type: string, challenge: string, forgery: Forgery): Buffer {
  const { origin = ORIGIN, crossOrigin = false } = forgery
  return Buffer.from(JSON.stringify({ type: forgery.type ?? type, challenge, origin, crossOrigin }))
}

/** ECDSA signatures in DER, with a leading zero where a number would be negative. */
function toDer(signature: Uint8Array): Buffer {
  const numbers = [signature.slice(0, 32), signature.slice(32)].map((number) => {
    const start = number.findIndex((byte) => byte !== 0)
    const bytes = number.slice(start === -1 ? 31 : start)
    const padded = (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : Buffer.from(bytes)
    return Buffer.concat([Buffer.from([2, padded.length]), padded])
  })
  const body = Buffer.concat(numbers)
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}

/** What a page asks the browser for. */
export async function passkeyOptions(response: Response): Promise<Options> {
  const json = /data-passkey-options="([^"]*)"/.exec(await response.text())?.[1]
  if (!json) throw new Error("the page asks for no passkey")
  return JSON.parse(json.replaceAll("&quot;", '"').replaceAll("&amp;", "&"))
}
