import { join } from "node:path"
import { root } from "../../src/build/files.ts"
import { writeJson } from "../../src/deploy/environments.ts"
import { configOf } from "../../src/deploy/wrangler-config.ts"

/**
 * Writes wrangler.toml without the consumers of its queues, and returns the file. Tests deliver messages themselves: what a queue delivers
 * while others run would do work that they count, and log lines that arrive after the last test keep Vitest waiting for ever.
 */
export async function withoutConsumers(): Promise<string> {
  const config = await configOf("production", root)
  const file = join(root, ".wrangler.test.json")
  await writeJson(file, { ...config, queues: { ...config.queues, consumers: [] } })
  return file
}
