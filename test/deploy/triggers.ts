import { Refusal, type Routes } from "./router.ts"
import type { Script, State } from "./state.ts"

type Origin = { hostname: string }

/** Domains, crons and the address on workers.dev of a script. */
export function triggerRoutes(state: State, find: (name: string | undefined) => Script): Routes {
  const root = `/accounts/${state.account.id}/workers`
  return {
    [`GET ${root}/domains`]: ({ query }) => {
      const all = state.scripts.flatMap(({ name, domains }) => domains.map((hostname) => ({ hostname, service: name })))
      const [hostname, service] = [query.get("hostname"), query.get("service")]
      return all.filter((domain) => (hostname ? domain.hostname === hostname : domain.service === service))
    },
    [`POST ${root}/scripts/:script/domains/changeset`]: async ({ params, request }) => {
      const { domains } = find(params.script)
      const origins = await request.json<Origin[]>()
      const added = origins.filter(({ hostname }) => !domains.includes(hostname))
      return { added, removed: [], updated: [], conflicting: [] }
    },
    [`PUT ${root}/scripts/:script/domains/records`]: async ({ params, request }) => {
      const script = find(params.script)
      const { origins, override_existing_dns_record: overrides } = await request.json<Records>()
      for (const { hostname } of origins) {
        const taken = state.dnsRecords.find(({ name }) => name === hostname)
        if (taken && !overrides) throw new Refusal(409, 100117, "already has externally managed DNS records")
        for (const other of state.scripts) other.domains = other.domains.filter((domain) => domain !== hostname)
      }
      script.domains = origins.map(({ hostname }) => hostname)
      return script.domains
    },
    [`PUT ${root}/scripts/:script/schedules`]: async ({ params, request }) => {
      find(params.script).crons = (await request.json<{ cron: string }[]>()).map(({ cron }) => cron)
      return { schedules: [] }
    },
    [`GET ${root}/workers/:script`]: ({ params }) => ({ subdomain: toSubdomain(find(params.script)) }),
    [`POST ${root}/scripts/:script/subdomain`]: async ({ params, request }) => {
      const script = find(params.script)
      script.isOnWorkersDev = (await request.json<{ enabled: boolean }>()).enabled
      return toSubdomain(script)
    },
  }
}

type Records = { origins: Origin[]; override_existing_dns_record: boolean }

function toSubdomain({ isOnWorkersDev }: Script) {
  return { enabled: isOnWorkersDev, previews_enabled: false }
}
