import { isSandboxId } from "../../text/sandbox-address.ts"
import { Failure } from "../failure.ts"

/** Throws `sandbox_only` unless the reseller is a sandbox. */
export function requireSandbox(resellerId: string): void {
  if (!isSandboxId(resellerId)) throw new Failure({ kind: "sandbox_only" })
}
