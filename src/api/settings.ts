import * as z from "zod"
import { expiresInDaysField } from "../domain/invites/fields.ts"
import { getSettings, settingsFields, toSettings, updateSettings } from "../domain/resellers/settings.ts"
import type { Reseller } from "../storage/schema.ts"
import { LOCALES } from "../text/locales.ts"
import { isSandboxId } from "../text/sandbox-address.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./documented-problems.ts"
import { jsonWithEtag } from "./etag.ts"
import { unwrap } from "./idempotency-key.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  ifMatchHeader,
  ifMatchVersions,
  jsonResponse,
  mergePatchBody,
  readRawJson,
} from "./schemas.ts"

const Settings = z
  .object({
    name: z.string().meta({ description: "The company's name, as contacts see it.", examples: ["Acme Networks"] }),
    support_name: z
      .string()
      .nullable()
      .meta({ examples: ["Dana Ortiz"] }),
    support_email: z.string().meta({ examples: ["support@acme.example"] }),
    support_phone: z
      .string()
      .nullable()
      .meta({ description: "In E.164 format.", examples: ["+14155550100"] }),
    country: z
      .string()
      .meta({ description: "Where phone numbers without a country code are dialed (ISO 3166-1).", examples: ["US"] }),
    time_zone: z.string().meta({ examples: ["America/Los_Angeles"] }),
    accent_color: z
      .string()
      .nullable()
      .meta({ description: "Null for the color of the platform.", examples: ["#1f4fd8"] }),
    default_expires_in_days: expiresInDaysField.meta({
      description: "The number of days until the link of an invite expires, unless the invite says otherwise.",
      examples: [14],
    }),
    locale: z.enum(LOCALES).meta({ description: "The language of invites, unless they say otherwise." }),
    reminders_enabled: z.boolean().meta({ description: "Whether contacts are reminded before their link expires." }),
    terms_url: z
      .string()
      .nullable()
      .meta({
        description: "The terms that contacts accept; null for those of the platform.",
        examples: ["https://acme.example/terms"],
      }),
    terms_version: z
      .string()
      .nullable()
      .meta({ examples: ["2026-01"] }),
    requires_second_factor: z.boolean().meta({
      description: "Whether all staff need a passkey or an authenticator app.",
    }),
    retention_months: z.int().meta({
      description:
        "How long the personal data of ended invites is kept. An Admin changes it under Settings, Privacy, since a shorter time deletes data.",
      examples: [12],
    }),
    sandbox: z.boolean().meta({
      description: "Whether this is a sandbox, whose keys begin with `vst_test_` and whose emails aren't sent.",
      examples: [false],
    }),
  })
  .apply(withSchemaName("Settings"))

const toSettingsBody = (reseller: Reseller): z.infer<typeof Settings> => ({
  ...toSettings(reseller),
  retention_months: reseller.retentionMonths,
  sandbox: isSandboxId(reseller.id),
})

const SettingsPatch = z
  .strictObject(settingsFields.shape)
  .partial()
  .meta({
    description:
      "A JSON merge patch (RFC 7396): omitted settings stay as they are, null clears one. Terms need both URL and version.",
    examples: [{ support_name: "Dana Ortiz", default_expires_in_days: 30 }],
  })
  .apply(withSchemaName("SettingsPatch"))

const tags = ["Settings"]

const read = createRoute("api.settings.show", {
  operationId: "getSettings",
  tags,
  summary: "Get the company's settings",
  responses: { 200: jsonResponse(Settings, "The settings.", "ETag"), ...problems(...COMMON_ERRORS) },
})

const update = createRoute("api.settings.update", {
  operationId: "updateSettings",
  tags,
  summary: "Update the company's settings",
  description:
    "With `If-Match`, only that version is updated. A key can require a second factor of all staff, but not stop requiring it. The logo is uploaded on the page Settings.",
  request: { headers: ifMatchHeader, body: mergePatchBody(SettingsPatch) },
  responses: {
    200: jsonResponse(Settings, "The updated settings.", "ETag"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, "person_required", "version_conflict"),
  },
})

export const settingsRoutes = new ApiHono()
  .openapi(read, async (c) => {
    const reseller = await getSettings(c.var.deps, c.var.apiKey)
    return jsonWithEtag(c, toSettingsBody(reseller), 200, reseller.settingsVersion)
  })
  .openapi(update, async (c) => {
    const { deps, apiKey } = c.var
    const reseller = unwrap(await updateSettings(deps, apiKey, await readRawJson(c), ifMatchVersions(c)))
    return jsonWithEtag(c, toSettingsBody(reseller), 200, reseller.settingsVersion)
  })
