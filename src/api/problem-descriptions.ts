import { HTTPS_REQUIRED, type ProblemCode, VERSION_CONFLICT } from "./problem-details.ts"

/** What each code means and how to fix it. */
export const PROBLEM_DESCRIPTIONS: Record<ProblemCode, string> = {
  not_found: "This doesn't exist, or it belongs to another reseller.",
  invalid_cursor: "This cursor isn't valid for this list. Start from the first page.",
  cursor_expired:
    "Events after this cursor are older than 30 days, or the cursor is unknown. Start without a cursor, then get your invites and customers.",
  invite_not_pending: "You can revoke an invite or issue a link for it only while it is pending.",
  invite_not_resendable: "The invite is accepted or revoked. It can't be changed or sent again.",
  invite_not_scheduled:
    "The email of this invite doesn't wait for a time: it was sent, or is being sent, or there is none. `send_at` can't be changed.",
  newer_invite_pending: "A newer invite to the same address is pending. Resend that one.",
  external_id_taken:
    "Another pending invite or a customer has this `external_id`. `errors` contains its id. Change or revoke that one, or use another `external_id`.",
  email_suppressed: "Email to this address bounced, was marked as spam, or was declined. Use a different address.",
  resend_cooldown: "This invite was sent a moment ago. You can resend it at `reset_at`.",
  resend_daily_limit: "This invite has reached its daily resend limit. You can resend it at `reset_at`.",
  email_hourly_limit: "You've reached the hourly limit for invite emails. Nothing was saved. Try again at `reset_at`.",
  billing_account_is_default: "Make another billing account the default first.",
  billing_account_in_use:
    "Pending invites use this billing account. Name another one with `move_to`, revoke the invites, or wait until they are accepted.",
  secret_rotation_pending: "The previous secret is still valid. Rotate again once it has expired.",
  webhook_disabled: "The webhook is disabled. Enable it with PATCH first.",
  delivery_in_progress: "We're sending this event right now. See its attempts in the list of deliveries.",
  already_resent: "Someone else has just sent this invite again. Get the invite to see its new state.",
  billing_account_not_found: "`move_to` must be the id of another of your billing accounts.",
  billing_account_removed: "The invite's billing account was deleted. Set another one with PATCH.",
  no_factors: "This person has no passkey and no authenticator app, so there is nothing to reset.",
  webhook_limit: "A reseller can have up to 20 webhooks. Delete one first.",
  version_conflict: VERSION_CONFLICT,
  api_key_invalid: "Unknown API key. Check that you copied all of it.",
  api_key_revoked: "Staff revoked this API key. Create a new one.",
  api_key_expired: "This API key has expired. Create a new one.",
  reseller_suspended: "The operator suspended the reseller. Its API keys work again once it is reinstated.",
  inherited_staff:
    "In a sandbox, the staff of the live account can't be changed or removed. Do it there, and it applies to the sandbox too.",
  sandbox_only:
    "This is for tests only: use a test key, which you create in your sandbox and which begins with `vst_test_`.",
  email_scheduled: "The email of the invite still waits for its time. Move forward to `sending` first.",
  no_reminder_planned:
    "There is no reminder to move forward to: the invite has had one or was resent, expires in less than four days, its email didn't arrive, its contact has just opened it, or reminders are off.",
  person_required:
    "A key can require a second factor of all staff, but not stop requiring it. An Admin can, under Settings, Security, after confirming their identity.",
  role_exceeds_scopes:
    "An API key can give only roles whose permissions are among its scopes, and change or remove only people with such a role. No key can give or take the role Admin.",
  slug_taken: "Another reseller uses this slug.",
  malformed_json: "The body isn't valid JSON in UTF-8, or an object has the same name twice.",
  idempotency_key_invalid: "An `Idempotency-Key` must have 1 to 255 printable ASCII characters.",
  api_key_missing: "Send `Authorization: Bearer vst_…`.",
  https_required: HTTPS_REQUIRED,
  insufficient_scope: "The API key lacks a scope. `detail` names it.",
  method_not_allowed: "This URL doesn't support the method. `Allow` lists the methods it supports.",
  invite_pending: "The address already has a pending invite. `errors` contains its id.",
  already_customer: "The address already belongs to one of your customers. `errors` contains its id.",
  billing_email_taken: "Another billing account has this email address.",
  already_member: "Someone with this address has already joined.",
  idempotency_in_progress:
    "The first request with this `Idempotency-Key` is still in progress. Send it again to get its response.",
  body_too_large: "The body must not exceed 64 KiB, or 200 values; that of an import, 4 MiB, or 160,000 values.",
  url_too_long: "The URL must not exceed 8 KiB.",
  unsupported_media_type: "Send the body as `application/json`, in UTF-8, and set `Content-Type` accordingly.",
  unsupported_content_encoding: "Send the body as it is, without `Content-Encoding`: we don't decompress bodies.",
  invalid_fields: "`errors` lists every invalid field or parameter, and how to correct it.",
  idempotency_key_reused: "This `Idempotency-Key` was already used with a different body or path. Use a new one.",
  too_many_requests: "The API key has no requests left. Wait for the number of seconds in `Retry-After`.",
  headers_too_large: "The headers must not exceed 32 KiB together.",
  internal_error:
    "Something went wrong on our side. Include the `request_id` if you contact us. You can repeat a POST with its `Idempotency-Key`.",
  misconfigured: "A setting of this service is missing or invalid. `detail` names it.",
}
