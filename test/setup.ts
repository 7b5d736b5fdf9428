import { env } from "cloudflare:workers"
import { afterEach, beforeAll, beforeEach } from "vitest"
import { loadTexts } from "../src/http/load-texts.ts"
import { hashFast } from "./support/hashing.ts"
import { clearRows, resetStorage } from "./support/storage.ts"
import { travelBack } from "./support/time.ts"

await loadTexts(env)

beforeAll(resetStorage)
beforeEach(clearRows)
beforeEach(hashFast)
afterEach(travelBack)
