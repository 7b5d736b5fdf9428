import { Refusal, type Routes } from "./router.ts"
import type { Script, State } from "./state.ts"
import { triggerRoutes } from "./triggers.ts"

type Metadata = {
  bindings: Script["bindings"]
  migrations?: { old_tag?: string; new_tag: string }
}

export function scriptRoutes(state: State): Routes {
  const root = `/accounts/${state.account.id}/workers`
  const find = (name: string | undefined) => {
    const script = state.scripts.find((one) => one.name === name)
    if (!script) throw new Refusal(404, 10007, "This Worker does not exist on your account.")
    return script
  }
  return {
    [`GET ${root}/services/:script`]: ({ params }) => {
      const { migrationTag } = find(params.script)
      const script = {
        tag: `tag-${params.script}`,
        tags: [],
        migration_tag: migrationTag,
        last_deployed_from: "wrangler",
      }
      return { id: params.script, default_environment: { environment: "production", script } }
    },
    [`GET ${root}/scripts/:script/secrets`]: ({ params }) =>
      Object.keys(find(params.script).secrets).map((name) => ({ name, type: "secret_text" })),
    [`GET ${root}/scripts/:script/settings`]: ({ params }) => ({ bindings: find(params.script).bindings }),
    [`PUT ${root}/scripts/:script`]: async ({ params, request }) => {
      const metadata = await readMetadata(request)
      const script = state.scripts.find(({ name }) => name === params.script) ?? newScript(params.script ?? "")
      uploadVersion(script, metadata)
      if (!state.scripts.includes(script)) state.scripts.push(script)
      script.migrationTag = metadata.migrations?.new_tag ?? script.migrationTag
      return { id: script.name, deployment_id: versionId(script), tag: `tag-${script.name}`, startup_time_ms: 1 }
    },
    [`POST ${root}/scripts/:script/versions`]: async ({ params, request }) => {
      const script = find(params.script)
      uploadVersion(script, await readMetadata(request))
      return { id: versionId(script), startup_time_ms: 1, resources: { script: { etag: "etag" } } }
    },
    [`GET ${root}/scripts/:script/deployments`]: ({ params }) => {
      const script = find(params.script)
      return { deployments: [{ id: "deployment", versions: [{ version_id: versionId(script), percentage: 100 }] }] }
    },
    [`POST ${root}/scripts/:script/deployments`]: ({ params }) => ({
      id: `deployment-${find(params.script).versions}`,
    }),
    [`PATCH ${root}/scripts/:script/script-settings`]: ({ params }) => ({ tags: [], name: find(params.script).name }),
    ...assetRoutes(state),
    ...triggerRoutes(state, find),
  }

  function uploadVersion(script: Script, { bindings }: Metadata) {
    if (!state.hasAnalyticsEngine && bindings.some(({ type }) => type === "analytics_engine"))
      throw new Refusal(403, 10089, "You need to enable Analytics Engine. Head to the Cloudflare Dashboard to enable")
    for (const { type, id, database_id } of bindings) {
      const isDatabase = (uuid: string) => uuid === (id ?? database_id)
      if (type === "d1" && !state.databases.some(({ uuid }) => isDatabase(uuid)))
        throw new Refusal(400, 10021, "no such database")
    }
    const inherits = (name: string) =>
      name in script.secrets || script.bindings.some((binding) => binding.name === name)
    const lost = bindings.find(({ name, type }) => type === "inherit" && !inherits(name))
    if (lost) throw new Refusal(400, 10057, `inherit binding '${lost.name}' is invalid`)
    for (const { name, type, text } of bindings) if (type === "secret_text") script.secrets[name] = String(text)
    script.bindings = bindings.flatMap((binding) => {
      if (binding.type === "secret_text") return []
      return binding.type === "inherit" ? script.bindings.filter(({ name }) => name === binding.name) : binding
    })
    script.versions++
  }
}

function assetRoutes({ account, uploadToken }: State): Routes {
  const root = `/accounts/${account.id}/workers`
  return {
    [`POST ${root}/scripts/:script/assets-upload-session`]: async ({ request }) => {
      const { manifest } = await request.json<{ manifest: Record<string, { hash: string }> }>()
      return { jwt: uploadToken, buckets: [Object.values(manifest).map(({ hash }) => hash)] }
    },
    [`POST ${root}/assets/upload`]: async ({ request }) => {
      await request.arrayBuffer()
      return { jwt: uploadToken }
    },
  }
}

async function readMetadata(request: Request): Promise<Metadata> {
  const form = await request.formData()
  const metadata = form.get("metadata")
  if (typeof metadata !== "string") throw new Refusal(400, 10021, "no metadata")
  return JSON.parse(metadata)
}

const newScript = (name: string): Script => ({
  name,
  versions: 0,
  bindings: [],
  secrets: {},
  migrationTag: undefined,
  domains: [],
  isOnWorkersDev: false,
  crons: [],
})

const versionId = ({ versions }: Script) => String(versions).padStart(32, "0")
