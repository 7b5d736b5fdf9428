// Every route: its method, its path, and the permission or scope that it requires, grouped by who can use it. http/router.ts and
// api/api-route.ts serve and guard the routes in this table; no other file in src spells out a path.

type Method = "GET" | "POST" | "PATCH" | "DELETE"
type OpenRoute = readonly [method: Method, path: string]
/**
 * With `or self`, a person doesn't need the permission if the `:id` in the path is their own. With `confirmed`, they must have
 * proved who they are in the last ten minutes.
 */
type Flag = "or self" | "confirmed" | "or self, confirmed"
type GuardedRoute = readonly [method: Method, path: string, permission: string, flag?: Flag]
type SessionRoute = readonly [method: Method, path: string, permission?: undefined, flag?: "confirmed"]

const AREAS = {
  /** Whoever watches the deployment. Answered on any host, and while settings are invalid. */
  health: {
    "health.alive": ["GET", "/healthz"],
    "health.ready": ["GET", "/readyz"],
  },

  /** Anyone, signed in or not. */
  public: {
    "session.new": ["GET", "/sign-in"],
    "session.create": ["POST", "/sign-in"],
    "session.passkeyOptions": ["GET", "/sign-in/passkey"],
    "session.createWithPasskey": ["POST", "/sign-in/passkey"],
    "session.secondFactor": ["GET", "/sign-in/second-factor"],
    "session.verifySecondFactor": ["POST", "/sign-in/second-factor"],
    "session.delete": ["POST", "/sign-out"],
    "passwordReset.new": ["GET", "/forgot-password"],
    "passwordReset.request": ["POST", "/forgot-password"],
    // Match any rest of the path, so that damaged links are repaired or explained.
    "registration.show": ["GET", "/r/:token{[^]+}"],
    "registration.accept": ["POST", "/r/:token"],
    "registration.opening": ["POST", "/r/:token/opening"],
    "registration.start": ["POST", "/r/:token/start"],
    "registration.checkPassword": ["POST", "/r/:token/password-checks"],
    "registration.sendCode": ["POST", "/r/:token/codes"],
    "registration.verifyCode": ["POST", "/r/:token/verification"],
    "registration.renew": ["POST", "/r/:token/renewal"],
    "registration.malformed": ["GET", "/r/*"],
    "registration.malformedPost": ["POST", "/r/*"],
    "registration.moved": ["GET", "/register/*"],
    "registration.movedPost": ["POST", "/register/*"],
    "decline.show": ["GET", "/decline/:token{[^]+}"],
    "decline.create": ["POST", "/decline/:token"],
    "decline.malformed": ["GET", "/decline/*"],
    "decline.malformedPost": ["POST", "/decline/*"],
    "unsubscribe.show": ["GET", "/unsubscribe/:token"],
    "unsubscribe.create": ["POST", "/unsubscribe/:token"],
    "unsubscribe.showDigest": ["GET", "/unsubscribe/:token/:account"],
    "unsubscribe.createDigest": ["POST", "/unsubscribe/:token/:account"],
    "unsubscribe.malformed": ["GET", "/unsubscribe/*"],
    "unsubscribe.malformedPost": ["POST", "/unsubscribe/*"],
    "passwordReset.show": ["GET", "/reset-password/:token{[^]+}"],
    "passwordReset.create": ["POST", "/reset-password/:token"],
    "passwordReset.checkPassword": ["POST", "/reset-password/:token/password-checks"],
    "passwordReset.malformed": ["GET", "/reset-password/*"],
    "passwordReset.malformedPost": ["POST", "/reset-password/*"],
    "emailChange.show": ["GET", "/confirm-email/:token{[^]+}"],
    "emailChange.confirm": ["POST", "/confirm-email/:token"],
    "emailChange.malformed": ["GET", "/confirm-email/*"],
    "emailChange.malformedPost": ["POST", "/confirm-email/*"],
    "brand.accent": ["GET", "/brand/accent/:file{[0-9a-f]{6}\\.css}"],
    "brand.logo": ["GET", "/brand/logo/:id"],
    "operator.show": ["GET", "/operator"],
    "operator.signIn": ["POST", "/operator"],
    "operator.signOut": ["POST", "/operator/session/removal"],
    "api.docs": ["GET", "/api/v1/docs"],
    "api.docs.page": ["GET", "/api/v1/docs/:page"],
    "api.openapi": ["GET", "/api/v1/openapi.json"],
  },

  /** Anyone signed in, in any account. */
  session: {
    "account.switch": ["POST", "/account/switch"],
    "profile.show": ["GET", "/profile"],
    "profile.changePreferences": ["POST", "/profile/preferences"],
    "profile.changeName": ["POST", "/profile/name"],
    "profile.changePassword": ["POST", "/profile/password"],
    "profile.checkPassword": ["POST", "/profile/password-checks"],
    "profile.changeEmail": ["POST", "/profile/email"],
    "profile.cancelEmailChange": ["POST", "/profile/email/cancellation"],
    "profile.endOtherSessions": ["POST", "/profile/sessions/removal", undefined, "confirmed"],
    "profile.endSession": ["POST", "/profile/sessions/:id/removal", undefined, "confirmed"],
    "identity.show": ["GET", "/confirm-identity"],
    "identity.confirm": ["POST", "/confirm-identity"],
    "profile.secondFactor.new": ["GET", "/profile/second-factor"],
    "profile.passkeys.new": ["GET", "/profile/passkeys/new", undefined, "confirmed"],
    "profile.passkeys.create": ["POST", "/profile/passkeys/new", undefined, "confirmed"],
    "profile.passkeys.delete": ["POST", "/profile/passkeys/:id/removal", undefined, "confirmed"],
    "profile.authenticator.new": ["GET", "/profile/authenticator/new", undefined, "confirmed"],
    "profile.authenticator.create": ["POST", "/profile/authenticator/new", undefined, "confirmed"],
    "profile.authenticator.delete": ["POST", "/profile/authenticator/removal", undefined, "confirmed"],
    "profile.recoveryCodes.create": ["POST", "/profile/recovery-codes", undefined, "confirmed"],
  },

  /** The reseller's staff. */
  staff: {
    "dashboard.show": ["GET", "/", "invites:read"],
    "dashboard.dismissSetup": ["POST", "/setup/dismissal", "invites:read"],
    "search.show": ["GET", "/search", "invites:read"],
    "shortcuts.show": ["GET", "/shortcuts", "invites:read"],

    "customers.list": ["GET", "/customers", "customers:read"],
    "customers.invites.list": ["GET", "/customers/invites", "invites:read"],
    "customers.invites.export": ["GET", "/customers/invites/export", "invites:read"],
    "customers.imports.list": ["GET", "/customers/invites/imports", "invites:write"],
    "customers.imports.create": ["POST", "/customers/invites/imports", "invites:write"],
    "customers.imports.new": ["GET", "/customers/invites/imports/new", "invites:write"],
    "customers.imports.show": ["GET", "/customers/invites/imports/:id", "invites:write"],
    "customers.imports.mapping": ["GET", "/customers/invites/imports/:id/mapping", "invites:write"],
    "customers.imports.check": ["POST", "/customers/invites/imports/:id/mapping", "invites:write"],
    "customers.imports.fixRow": ["POST", "/customers/invites/imports/:id/rows/:row", "invites:write"],
    "customers.imports.removeRow": ["POST", "/customers/invites/imports/:id/rows/:row/removal", "invites:write"],
    "customers.imports.export": ["GET", "/customers/invites/imports/:id/export", "invites:write"],
    "customers.imports.confirm": ["GET", "/customers/invites/imports/:id/start", "invites:write"],
    "customers.imports.start": ["POST", "/customers/invites/imports/:id/start", "invites:write"],
    "customers.imports.discard": ["POST", "/customers/invites/imports/:id/removal", "invites:write"],
    "customers.invites.new": ["GET", "/customers/invites/new", "invites:write"],
    "customers.invites.create": ["POST", "/customers/invites/new", "invites:write"],
    "customers.invites.preview": ["POST", "/customers/invites/preview", "invites:write"],
    "customers.invites.sendTest": ["POST", "/customers/invites/preview/tests", "invites:write"],
    "customers.invites.jobs.list": ["GET", "/customers/invites/jobs", "invites:write"],
    "customers.invites.jobs.new": ["GET", "/customers/invites/jobs/new", "invites:write"],
    "customers.invites.jobs.create": ["POST", "/customers/invites/jobs/new", "invites:write"],
    "customers.invites.jobs.export": ["GET", "/customers/invites/jobs/:id/export", "invites:write"],
    "customers.invites.jobs.show": ["GET", "/customers/invites/jobs/:id", "invites:write"],
    "customers.invites.jobs.pause": ["POST", "/customers/invites/jobs/:id/pause", "invites:write"],
    "customers.invites.jobs.resume": ["POST", "/customers/invites/jobs/:id/resumption", "invites:write"],
    "customers.invites.jobs.cancel": ["POST", "/customers/invites/jobs/:id/cancellation", "invites:write"],
    "customers.invites.show": ["GET", "/customers/invites/:id", "invites:read"],
    "customers.invites.edit": ["GET", "/customers/invites/:id/edit", "invites:write"],
    "customers.invites.update": ["POST", "/customers/invites/:id/edit", "invites:write"],
    "customers.invites.resend": ["POST", "/customers/invites/:id/resends", "invites:write"],
    "customers.invites.revoke": ["POST", "/customers/invites/:id/revocation", "invites:write"],
    "customers.invites.restore": ["POST", "/customers/invites/:id/revocation/removal", "invites:write"],
    "customers.invites.issueLink": ["POST", "/customers/invites/:id/links", "invites:write"],
    "customers.invites.links": ["GET", "/customers/invites/:id/links", "invites:read"],
    "customers.invites.email": ["GET", "/customers/invites/:id/emails/:kind", "invites:read"],
    "customers.invites.purge": ["POST", "/customers/invites/:id/purge", "settings:write", "confirmed"],
    "customers.show": ["GET", "/customers/:id", "customers:read"],
    "customers.edit": ["GET", "/customers/:id/edit", "customers:write"],
    "customers.update": ["POST", "/customers/:id/edit", "customers:write"],
    "customers.changeBilling": ["POST", "/customers/:id/billing_account", "billing:write"],

    "billing.list": ["GET", "/billing", "billing:read"],
    "billing.new": ["GET", "/billing/new", "billing:write"],
    "billing.create": ["POST", "/billing/new", "billing:write"],
    "billing.edit": ["GET", "/billing/:id", "billing:write"],
    "billing.update": ["POST", "/billing/:id", "billing:write"],
    "billing.makeDefault": ["POST", "/billing/:id/default", "billing:write"],
    "billing.confirmDelete": ["GET", "/billing/:id/removal", "billing:write"],
    "billing.delete": ["POST", "/billing/:id/removal", "billing:write"],

    "activity.list": ["GET", "/activity", "activity:read"],
    "activity.seals": ["GET", "/activity/seals", "settings:write"],
    "activity.export": ["GET", "/activity/export", "settings:write", "confirmed"],

    "settings.company.edit": ["GET", "/settings", "settings:write"],
    "settings.company.update": ["POST", "/settings", "settings:write"],
    "settings.logo.upload": ["POST", "/settings/logo", "settings:write"],
    "settings.logo.delete": ["POST", "/settings/logo/removal", "settings:write"],
    "settings.notifications.edit": ["GET", "/settings/notifications", "invites:read"],
    "settings.notifications.update": ["POST", "/settings/notifications/digests", "invites:read"],
    "settings.invites.edit": ["GET", "/settings/invites", "settings:write"],
    "settings.invites.update": ["POST", "/settings/invites", "settings:write"],
    "settings.privacy.edit": ["GET", "/settings/privacy", "settings:write"],
    "settings.privacy.update": ["POST", "/settings/privacy", "settings:write"],
    "settings.privacy.export": ["POST", "/settings/privacy/exports", "settings:write", "confirmed"],
    "settings.security.edit": ["GET", "/settings/security", "settings:write", "confirmed"],
    "settings.security.update": ["POST", "/settings/security", "settings:write", "confirmed"],
    "settings.sandbox.show": ["GET", "/settings/sandbox", "settings:write"],
    "settings.sandbox.create": ["POST", "/settings/sandbox", "settings:write"],
    "settings.mailbox.list": ["GET", "/settings/mailbox", "invites:write"],
    "settings.mailbox.show": ["GET", "/settings/mailbox/:id", "invites:write"],
    "settings.mailbox.text": ["GET", "/settings/mailbox/:id/text", "invites:write"],
    "settings.mailbox.html": ["GET", "/settings/mailbox/:id/html", "invites:write"],

    "staff.list": ["GET", "/settings/staff", "staff:read"],
    "staff.invites.new": ["GET", "/settings/staff/invites/new", "staff:write", "confirmed"],
    "staff.invites.create": ["POST", "/settings/staff/invites/new", "staff:write", "confirmed"],
    "staff.invites.show": ["GET", "/settings/staff/invites/:id", "staff:read"],
    "staff.invites.edit": ["GET", "/settings/staff/invites/:id/edit", "staff:write"],
    "staff.invites.update": ["POST", "/settings/staff/invites/:id/edit", "staff:write", "confirmed"],
    "staff.invites.resend": ["POST", "/settings/staff/invites/:id/resends", "staff:write"],
    "staff.invites.revoke": ["POST", "/settings/staff/invites/:id/revocation", "staff:write"],
    "staff.invites.restore": ["POST", "/settings/staff/invites/:id/revocation/removal", "staff:write"],
    "staff.invites.issueLink": ["POST", "/settings/staff/invites/:id/links", "staff:write", "confirmed"],
    "staff.invites.links": ["GET", "/settings/staff/invites/:id/links", "staff:read"],
    "staff.invites.email": ["GET", "/settings/staff/invites/:id/emails/:kind", "staff:read"],
    "staff.invites.purge": ["POST", "/settings/staff/invites/:id/purge", "settings:write", "confirmed"],
    "staff.people.show": ["GET", "/settings/staff/people/:id", "staff:write", "or self"],
    "staff.people.changeRole": ["POST", "/settings/staff/people/:id/role", "staff:write", "confirmed"],
    "staff.people.resetFactors": ["POST", "/settings/staff/people/:id/factor-resets", "staff:write", "confirmed"],
    "staff.people.endSessions": ["POST", "/settings/staff/people/:id/sessions/removal", "staff:write", "confirmed"],
    "staff.people.remove": ["POST", "/settings/staff/people/:id/removal", "staff:write", "or self, confirmed"],
    "staff.people.purge": ["POST", "/settings/staff/people/:id/purge", "staff:write", "or self, confirmed"],

    "apiKeys.list": ["GET", "/settings/api-keys", "api_keys:write"],
    "apiKeys.new": ["GET", "/settings/api-keys/new", "api_keys:write", "confirmed"],
    "apiKeys.create": ["POST", "/settings/api-keys/new", "api_keys:write", "confirmed"],
    "apiKeys.revoke": ["POST", "/settings/api-keys/:id/revocation", "api_keys:write", "confirmed"],

    "webhooks.list": ["GET", "/settings/webhooks", "webhooks:write"],
    "webhooks.new": ["GET", "/settings/webhooks/new", "webhooks:write", "confirmed"],
    "webhooks.create": ["POST", "/settings/webhooks/new", "webhooks:write", "confirmed"],
    "webhooks.show": ["GET", "/settings/webhooks/:id", "webhooks:write"],
    "webhooks.update": ["POST", "/settings/webhooks/:id", "webhooks:write", "confirmed"],
    "webhooks.rotateSecret": ["POST", "/settings/webhooks/:id/secrets", "webhooks:write", "confirmed"],
    "webhooks.enable": ["POST", "/settings/webhooks/:id/activation", "webhooks:write", "confirmed"],
    "webhooks.disable": ["POST", "/settings/webhooks/:id/deactivation", "webhooks:write", "confirmed"],
    "webhooks.delete": ["POST", "/settings/webhooks/:id/removal", "webhooks:write", "confirmed"],
    "webhooks.test": ["POST", "/settings/webhooks/:id/tests", "webhooks:write"],
    "webhooks.redeliver": ["POST", "/settings/webhooks/:id/deliveries/:delivery/redeliveries", "webhooks:write"],
  },

  /** The members of a customer, in the customer's own account. */
  member: {
    "account.show": ["GET", "/account", "members:read"],
    "account.invites.new": ["GET", "/account/invites/new", "members:write"],
    "account.invites.create": ["POST", "/account/invites/new", "members:write"],
    "account.invites.show": ["GET", "/account/invites/:id", "members:read"],
    "account.invites.edit": ["GET", "/account/invites/:id/edit", "members:write"],
    "account.invites.update": ["POST", "/account/invites/:id/edit", "members:write", "confirmed"],
    "account.invites.resend": ["POST", "/account/invites/:id/resends", "members:write"],
    "account.invites.revoke": ["POST", "/account/invites/:id/revocation", "members:write"],
    "account.invites.restore": ["POST", "/account/invites/:id/revocation/removal", "members:write"],
    "account.invites.issueLink": ["POST", "/account/invites/:id/links", "members:write"],
    "account.invites.links": ["GET", "/account/invites/:id/links", "members:read"],
    "account.invites.email": ["GET", "/account/invites/:id/emails/:kind", "members:read"],
    "account.invites.purge": ["POST", "/account/invites/:id/purge", "members:write", "confirmed"],
    "account.people.show": ["GET", "/account/people/:id", "members:write", "or self"],
    "account.people.changeRole": ["POST", "/account/people/:id/role", "members:write", "confirmed"],
    "account.people.resetFactors": ["POST", "/account/people/:id/factor-resets", "members:write", "confirmed"],
    "account.people.endSessions": ["POST", "/account/people/:id/sessions/removal", "members:write", "confirmed"],
    "account.people.remove": ["POST", "/account/people/:id/removal", "members:write", "or self, confirmed"],
    "account.people.purge": ["POST", "/account/people/:id/purge", "members:write", "or self, confirmed"],
  },

  /** Programs, with a reseller's API key that has the scope. */
  apiKey: {
    "api.invites.list": ["GET", "/api/v1/invites", "invites:read"],
    "api.invites.create": ["POST", "/api/v1/invites", "invites:write"],
    "api.invites.show": ["GET", "/api/v1/invites/:id", "invites:read"],
    "api.invites.update": ["PATCH", "/api/v1/invites/:id", "invites:write"],
    "api.invites.resend": ["POST", "/api/v1/invites/:id/resends", "invites:write"],
    "api.invites.revoke": ["POST", "/api/v1/invites/:id/revocation", "invites:write"],
    "api.invites.issueLink": ["POST", "/api/v1/invites/:id/links", "invites:write"],
    "api.invites.advance": ["POST", "/api/v1/invites/:id/advance", "invites:write"],
    "api.imports.create": ["POST", "/api/v1/invite_imports", "invites:write"],
    "api.imports.show": ["GET", "/api/v1/invite_imports/:id", "invites:write"],
    "api.imports.rows": ["GET", "/api/v1/invite_imports/:id/rows", "invites:write"],
    "api.imports.pause": ["POST", "/api/v1/invite_imports/:id/pause", "invites:write"],
    "api.imports.resume": ["POST", "/api/v1/invite_imports/:id/resumption", "invites:write"],
    "api.imports.cancel": ["POST", "/api/v1/invite_imports/:id/cancellation", "invites:write"],
    "api.customers.list": ["GET", "/api/v1/customers", "customers:read"],
    "api.customers.show": ["GET", "/api/v1/customers/:id", "customers:read"],
    "api.customers.update": ["PATCH", "/api/v1/customers/:id", "customers:write"],
    "api.members.list": ["GET", "/api/v1/customers/:id/members", "members:read"],
    "api.members.show": ["GET", "/api/v1/customers/:id/members/:member_id", "members:read"],
    "api.members.listInvites": ["GET", "/api/v1/customers/:id/member_invites", "members:read"],
    "api.members.showInvite": ["GET", "/api/v1/customers/:id/member_invites/:invite_id", "members:read"],
    "api.activity.list": ["GET", "/api/v1/activity", "activity:read"],
    "api.settings.show": ["GET", "/api/v1/settings", "settings:read"],
    "api.settings.update": ["PATCH", "/api/v1/settings", "settings:write"],
    "api.staff.list": ["GET", "/api/v1/staff", "staff:read"],
    "api.staff.show": ["GET", "/api/v1/staff/:id", "staff:read"],
    "api.staff.update": ["PATCH", "/api/v1/staff/:id", "staff:write"],
    "api.staff.remove": ["DELETE", "/api/v1/staff/:id", "staff:write"],
    "api.staffInvites.list": ["GET", "/api/v1/staff_invites", "staff:read"],
    "api.staffInvites.create": ["POST", "/api/v1/staff_invites", "staff:write"],
    "api.staffInvites.show": ["GET", "/api/v1/staff_invites/:id", "staff:read"],
    "api.staffInvites.update": ["PATCH", "/api/v1/staff_invites/:id", "staff:write"],
    "api.staffInvites.resend": ["POST", "/api/v1/staff_invites/:id/resends", "staff:write"],
    "api.staffInvites.revoke": ["POST", "/api/v1/staff_invites/:id/revocation", "staff:write"],
    "api.billing.list": ["GET", "/api/v1/billing_accounts", "billing:read"],
    "api.billing.create": ["POST", "/api/v1/billing_accounts", "billing:write"],
    "api.billing.show": ["GET", "/api/v1/billing_accounts/:id", "billing:read"],
    "api.billing.update": ["PATCH", "/api/v1/billing_accounts/:id", "billing:write"],
    "api.billing.makeDefault": ["POST", "/api/v1/billing_accounts/:id/default", "billing:write"],
    "api.billing.delete": ["DELETE", "/api/v1/billing_accounts/:id", "billing:write"],
    "api.sandboxEmails.list": ["GET", "/api/v1/sandbox/emails", "invites:write"],
    "api.sandboxEmails.show": ["GET", "/api/v1/sandbox/emails/:id", "invites:write"],
    "api.events.list": ["GET", "/api/v1/events", "invites:read"],
    "api.webhooks.list": ["GET", "/api/v1/webhooks", "webhooks:write"],
    "api.webhooks.create": ["POST", "/api/v1/webhooks", "webhooks:write"],
    "api.webhooks.show": ["GET", "/api/v1/webhooks/:id", "webhooks:write"],
    "api.webhooks.update": ["PATCH", "/api/v1/webhooks/:id", "webhooks:write"],
    "api.webhooks.delete": ["DELETE", "/api/v1/webhooks/:id", "webhooks:write"],
    "api.webhooks.rotateSecret": ["POST", "/api/v1/webhooks/:id/secrets", "webhooks:write"],
    "api.webhooks.test": ["POST", "/api/v1/webhooks/:id/test", "webhooks:write"],
    "api.webhooks.deliveries": ["GET", "/api/v1/webhooks/:id/deliveries", "webhooks:write"],
    "api.webhooks.redeliver": ["POST", "/api/v1/webhooks/:id/deliveries/:delivery_id/redeliveries", "webhooks:write"],
  },

  /** Holders of the operator token, in a browser. */
  operatorPage: {
    "operator.replayAll": ["POST", "/operator/dead-letters/replays"],
    "operator.replay": ["POST", "/operator/dead-letters/:id/replays"],
  },

  /** Holders of the operator token. */
  operator: {
    "api.deployment.show": ["GET", "/api/v1/deployment"],
    "api.resellers.create": ["POST", "/api/v1/resellers"],
    "api.resellers.list": ["GET", "/api/v1/resellers"],
    "api.resellers.show": ["GET", "/api/v1/resellers/:id"],
    "api.resellers.inviteAdmin": ["POST", "/api/v1/resellers/:id/admin_invites"],
    "api.resellers.revokeAdmin": ["POST", "/api/v1/resellers/:id/admin_invites/:invite/revocation"],
    "api.resellers.resetFactors": ["POST", "/api/v1/resellers/:id/factor_resets"],
    "api.resellers.suspend": ["POST", "/api/v1/resellers/:id/suspension"],
    "api.resellers.reinstate": ["DELETE", "/api/v1/resellers/:id/suspension"],
  },

  /** The provider of emails, if it sends events by HTTP. The handler verifies its signature. */
  provider: {
    "mailEvents.receive": ["POST", "/mail-events"],
  },

  /** Only where ENVIRONMENT=local. */
  local: {
    "mailbox.list": ["GET", "/mailbox"],
    "mailbox.json": ["GET", "/mailbox.json"],
    "mailbox.show": ["GET", "/mailbox/:id"],
    "mailbox.text": ["GET", "/mailbox/:id/text"],
    "mailbox.html": ["GET", "/mailbox/:id/html"],
    "mailbox.simulate": ["POST", "/mailbox/:id/events"],
  },
} as const satisfies Record<
  "health" | "public" | "operatorPage" | "operator" | "provider" | "local",
  Record<string, OpenRoute>
> &
  Record<"session", Record<string, SessionRoute>> &
  Record<"staff" | "member" | "apiKey", Record<string, GuardedRoute>>

export const API_ROOT = "/api"
/** The start of every path of the JSON API. */
export const API_BASE = `${API_ROOT}/v1` as const

export const isApiPath = (path: string) => path.startsWith(`${API_ROOT}/`)

/** The start of the paths of registration links: short, so that a link fits on a line. */
export const REGISTRATION_ROOT = "/r"

/** The start of the paths that email programs post to, without a session (RFC 8058). */
const UNSUBSCRIBE_ROOT = "/unsubscribe"

/** The start of the paths of the links in emails. The rest of the path is a secret. */
export const LINK_ROOTS = [
  REGISTRATION_ROOT,
  "/register",
  "/decline",
  UNSUBSCRIBE_ROOT,
  "/reset-password",
  "/confirm-email",
] as const

const isBelow = (root: string, path: string) => path === root || path.startsWith(`${root}/`)

export const isLinkPath = (path: string) => LINK_ROOTS.some((root) => isBelow(root, path))

export const isUnsubscribePath = (path: string) => isBelow(UNSUBSCRIBE_ROOT, path)

/** The token of a registration link, if the path is one. */
export const registrationToken = (path: string): string | undefined =>
  path.startsWith(`${REGISTRATION_ROOT}/`) ? path.split("/")[2] : undefined

type Areas = typeof AREAS
type Area = keyof Areas
export type RouteName<A extends Area = Area> = { [K in A]: keyof Areas[K] }[A]
type LineOf<N extends RouteName> = { [A in Area]: N extends keyof Areas[A] ? Areas[A][N] : never }[Area]
export type RouteMethod<N extends RouteName> = LineOf<N>[0]
export type RoutePath<N extends RouteName> = LineOf<N>[1]
type PermissionIn<Line> = Line extends GuardedRoute ? Line[2] : undefined

export type Route = {
  [A in Area]: {
    area: A
    name: RouteName<A>
    method: Method
    path: string
    /** The permission or scope that it requires, with the literal type, so that the compiler checks it. */
    permission: PermissionIn<Areas[A][keyof Areas[A]]>
    orSelf: boolean
    /** True if the person must have proved who they are in the last ten minutes. */
    isConfirmed: boolean
  }
}[Area]

export const ROUTES = Object.entries(AREAS).flatMap(([area, lines]) =>
  Object.entries<OpenRoute | SessionRoute | GuardedRoute>(lines).map(([name, [method, path, permission, flag]]) => {
    const [orSelf, isConfirmed] = [flag?.startsWith("or self") ?? false, flag?.endsWith("confirmed") ?? false]
    return { area, name, method, path, permission, orSelf, isConfirmed }
  }),
) as Route[]

const routesByName = new Map<RouteName, Route>(ROUTES.map((route) => [route.name, route]))

export function findRoute(name: RouteName): Route {
  const route = routesByName.get(name)
  if (!route) throw new Error(`there is no route ${name}`)
  return route
}

type ParamName<Path> = Path extends `${string}/:${infer Rest}`
  ? Rest extends `${infer Segment}/${infer Tail}`
    ? SegmentName<Segment> | ParamName<`/${Tail}`>
    : SegmentName<Rest>
  : never
type SegmentName<Segment> = Segment extends `${infer Name}{${string}` ? Name : Segment

type Params<N extends RouteName> = Record<ParamName<RoutePath<N>>, string>
export type Query = Record<string, string | number | undefined>

const partsByName = new Map<RouteName, string[]>()

/** The path of a route, in turn as it is written and the name of a parameter. */
function partsOf(name: RouteName): string[] {
  const known = partsByName.get(name)
  if (known) return known
  const parts = findRoute(name).path.split(/:(\w+)(?:{.*})?(?=\/|$)/)
  partsByName.set(name, parts)
  return parts
}

/** The path of a route with its query: `href("customers.show", { id })`. Undefined query values are left out. */
export function href<N extends RouteName>(
  name: N,
  ...[params, query]: [ParamName<RoutePath<N>>] extends [never]
    ? [params?: Record<string, never>, query?: Query]
    : [params: Params<N>, query?: Query]
): string {
  const values: Record<string, string> = params ?? {}
  const [start = "", ...rest] = partsOf(name)
  let path = start
  for (let n = 0; n < rest.length; n += 2) path += encodeURIComponent(values[rest[n] ?? ""] ?? "") + rest[n + 1]
  if (!query) return path
  let separator = "?"
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue
    path += `${separator}${encodeQuery(key)}=${encodeQuery(String(value))}`
    separator = "&"
  }
  return path
}

/** Encoded as in a form. Most values need no encoding, and a page has many links. */
const encodeQuery = (text: string) =>
  /^[\w*.-]*$/.test(text) ? text : String(new URLSearchParams([["", text]])).slice(1)
