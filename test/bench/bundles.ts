import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { build } from "esbuild"
import { generated } from "../../src/build/files.ts"
import { mustRunNode, wrangler } from "../../src/build/run-node.ts"
import type { Service } from "./origins.ts"

/** The code of each service, the entry that counts what a service uses of D1, and the one with a slow email provider. */
export type Bundles = Record<Service | "counted" | "slowMail", string>

/** Builds our Worker as `wrangler deploy` uploads it, and the others as small. Names stay readable for a profile. */
export async function buildBundles({ minify }: { minify: boolean }): Promise<Bundles> {
  return {
    vestibule: await buildWorker({ minify }),
    floor: await bundleWorker("floor", minify),
    betterAuth: await bundleWorker("better-auth", minify),
    counted: await bundleWorker("counted", minify),
    slowMail: await bundleWorker("slow-mail", minify),
  }
}

export async function buildWorker({ minify }: { minify: boolean }): Promise<string> {
  const outputDir = join(generated, "bench")
  await mustRunNode(wrangler, ["deploy", "--dry-run", "--outdir", outputDir, ...(minify ? [] : ["--no-minify"])])
  return readFile(join(outputDir, "index.js"), "utf8")
}

const bundleWorker = (name: string, minify: boolean) =>
  bundleModule(join(import.meta.dirname, "workers", `${name}.ts`), minify)

/** Bundles a worker that may import the built one. */
export async function bundleModule(file: string, minify: boolean): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    minify,
    conditions: ["workerd", "worker", "browser"],
    external: ["./worker.js", "cloudflare:*", "node:*"],
  })
  return outputFiles[0]?.text ?? ""
}
