import { beforeAll, beforeEach } from "vitest"
import { hashFast } from "./support/hashing.ts"
import { clearRows, resetStorage } from "./support/storage.ts"

beforeAll(resetStorage)
beforeEach(clearRows)
beforeEach(hashFast)
