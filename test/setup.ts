import { afterEach, beforeAll, beforeEach } from "vitest"
import { hashFast } from "./support/hashing.ts"
import { clearRows, resetStorage } from "./support/storage.ts"
import { travelBack } from "./support/time.ts"

beforeAll(resetStorage)
beforeEach(clearRows)
beforeEach(hashFast)
afterEach(travelBack)
