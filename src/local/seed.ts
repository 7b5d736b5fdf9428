import { join } from "node:path"
import { getPlatformProxy } from "wrangler"
import { root } from "../build/files.ts"
import { seedDemo } from "./demo.ts"

const [state = "", baseUrl = ""] = process.argv.slice(2)

const proxy = await getPlatformProxy<Env>({
  configPath: join(root, "wrangler.toml"),
  persist: { path: join(state, "v3") },
  remoteBindings: false,
})
await seedDemo({ ...proxy.env, BASE_URL: baseUrl }).finally(proxy.dispose)
