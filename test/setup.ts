import "./support/d1-limits.ts"
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, beforeEach } from "vitest"
import { loadCommonPasswords } from "../src/http/load-common-passwords.ts"
import { loadTexts } from "../src/http/load-texts.ts"
import { hashFast } from "./support/hashing.ts"
import { clearRows, resetStorage } from "./support/storage.ts"
import { travelBack } from "./support/time.ts"

await loadTexts(env)
await loadCommonPasswords(env)

beforeAll(resetStorage)
beforeEach(clearRows)
beforeEach(hashFast)
afterEach(travelBack)
