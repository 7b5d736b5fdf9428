// Replaces, in the Worker (wrangler.toml), packages that Better Auth imports for what we don't use: social sign-in, JWTs, encrypted
// secrets, telemetry and a database in memory. Without them the Worker is a tenth smaller and starts sooner.
import * as z from "zod"

const refuse = () => {
  throw new Error("this part of Better Auth isn't deployed")
}

// @better-auth/telemetry
export const createTelemetry = async () => ({ publish: async () => undefined })

// @better-auth/core/social-providers and /oauth2: Better Auth needs the schemas to describe its endpoints.
export const socialProviders = {}
export const SocialProviderListEnum = z.string()
export const additionalAuthorizationParamsSchema = z.record(z.string(), z.string())
export const mergeScopes = refuse
export const supportsIdTokenSignIn = refuse
export const verifyProviderIdToken = refuse

// jose
export class JWTExpired extends Error {}
export const base64url = { decode: refuse, encode: refuse }
export const calculateJwkThumbprint = refuse
export const decodeProtectedHeader = refuse
export const importJWK = refuse
export const jwtDecrypt = refuse
export const jwtVerify = refuse
export const EncryptJWT = refuse
export const SignJWT = refuse

// @noble/ciphers
export const bytesToHex = refuse
export const hexToBytes = refuse
export const utf8ToBytes = refuse
export const managedNonce = refuse
export const xchacha20poly1305 = refuse

// @noble/hashes
export const hkdf = refuse
export const sha256 = refuse

// @better-auth/core/env/color-depth: the terminal of its log, which is switched off.
export const getColorDepth = () => 1

// @better-auth/core/db/schema-diff: our migrations are the schema.
export class SchemaMismatchError extends Error {}
export const diffSchema = refuse
export const formatSchemaFinding = refuse
export const getExpectedSchema = refuse

// @better-auth/memory-adapter
export const memoryAdapter = refuse
