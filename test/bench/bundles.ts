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
  const outputDir = join(generated, "bench")
  await mustRunNode(wrangler, ["deploy", "--dry-run", "--outdir", outputDir, ...(minify ? [] : ["--no-minify"])])
  return {
    vestibule: await readFile(join(outputDir, "index.js"), "utf8"),
    floor: await bundleWorker("floor", minify),
    betterAuth: await bundleWorker("better-auth", minify),
    counted: await bundleWorker("counted", minify),
    slowMail: await bundleWorker("slow-mail", minify),
  }
}

async function bundleWorker(name: string, minify: boolean): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "workers", `${name}.ts`)],
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
