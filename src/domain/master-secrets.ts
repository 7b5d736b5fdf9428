import type { Deps } from "./deps.ts"

/** The secrets of the deployment that count: the current one first, then the previous one while it is replaced. */
export function masterSecretsOf({ config }: Pick<Deps, "config">): string[] {
  const { masterSecret, previousMasterSecret } = config
  return previousMasterSecret === null ? [masterSecret] : [masterSecret, previousMasterSecret]
}
