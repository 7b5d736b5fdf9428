import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { experimental_readRawConfig } from "wrangler"
import { root } from "../../src/build/files.ts"

/**
 * Writes wrangler.toml without the consumers of its queues, and returns the file. Tests deliver messages themselves: what a queue delivers
 * while others run would do work that they count, and log lines that arrive after the last test keep Vitest waiting for ever.
 */
export async function withoutConsumers(): Promise<string> {
  const { rawConfig } = experimental_readRawConfig({ config: join(root, "wrangler.toml") })
  const file = join(root, ".wrangler.test.json")
  await writeFile(file, JSON.stringify({ ...rawConfig, queues: { ...rawConfig.queues, consumers: [] } }))
  return file
}
