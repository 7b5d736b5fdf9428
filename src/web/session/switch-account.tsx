import { factory } from "../../http/context.ts"

export const switchAccountRoutes = factory.createApp()
