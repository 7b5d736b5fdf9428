import { join } from "node:path"
import { generated } from "../../src/build/files.ts"
import { runNode, wrangler } from "../../src/build/run-node.ts"

export const bundle = join(generated, "faults")

/** Builds the Worker as it is deployed. */
export default async function build() {
  const { ok, output } = await runNode(wrangler, ["deploy", "--dry-run", "--outdir", bundle])
  if (!ok) throw new Error(output)
}
