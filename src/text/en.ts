// Every word of the emails and pages that contacts and members see. Every other language has the same keys.
// A message with values is a function; one that contains an element, such as a time, returns its parts.

import { isolateParameters } from "./direction.ts"

export const en = isolateParameters({
  /** `colon` and `space` stand after a label and between sentences. */
  language: { code: "en", name: "English", dates: "en-GB", colon: ": ", space: " " },
  justNow: "just now",

  phrases: {
    personOfCompany: (person: string, company: string) => `${person} of ${company}`,
    callUs: (phone: string) => `, or call ${phone}`,
    /** What an invite is for, after "invited you to". */
    purpose: {
      customer: (company: string, reseller: string) => `set up the account of ${company} with ${reseller}`,
      staff: (_company: string, reseller: string) => `join the staff of ${reseller}`,
      member: (company: string, reseller: string) => `join the account of ${company} with ${reseller}`,
    },
  },

  memberRoles: { admin: "Admin", member: "Member" },
  memberRoleDescriptions: {
    admin: "Invites colleagues and manages members.",
    member: "Sees who is in the account.",
  },

  /** Slots are written `{{slot_name}}` and filled when an email is sent. */
  emails: {
    invite: {
      subject: "You have been invited to join {{reseller_name}}",
      preview: "{{inviter}} invited {{company_name}}. The link works until {{expires_on}}.",
      paragraphs: [
        "Dear {{contact_name}},",
        "You have been invited to join the {{reseller_name}} self-service experience, powered by {{platform_name}}. Get ready to experience connectivity in a beautiful and automated fashion, the way you expect the cloud should be!",
        "Power up your internal network or backbone, connect to and between your Cloud Service and SaaS Providers, and build your own secure, private ecosystem with others via our marketplace.",
        "To complete the sign-up process, follow the link below to create your account. Then, click, create, and connect!",
      ],
      linkLabel: "Connect Here:",
      buttonLabel: "Create your account",
      noteLabel: "{{inviter}} adds:",
      notes: [
        "The link works until {{expires_on}}.",
        "{{inviter}} invited {{contact_email}} as the contact of {{company_name}}.",
        "Questions? Reply to this email{{support_line}}.",
      ],
      declineLabel: "This wasn't meant for me",
    },
    accountInvite: {
      subject: "{{inviter}} invited you to {{account_name}}",
      preview: "{{inviter}} invited you to {{purpose}}. The link works until {{expires_on}}.",
      paragraphs: [
        "Dear {{contact_name}},",
        "{{inviter}} invited you to {{purpose}}, powered by {{platform_name}}. Your role will be {{role}}.",
        "Follow the link below to create your account. If you already have one, you can accept the invite with it.",
      ],
      linkLabel: "Connect Here:",
      buttonLabel: "Accept the invite",
      noteLabel: "{{inviter}} adds:",
      notes: [
        "The link works until {{expires_on}}.",
        "{{inviter}} invited {{contact_email}}.",
        "Questions? Reply to this email{{support_line}}.",
      ],
      declineLabel: "This wasn't meant for me",
    },
    reminder: {
      subject: "Your invite from {{reseller_name}} expires on {{expires_on}}",
      preview: "The link works until {{expires_on}}.",
      paragraphs: [
        "Dear {{contact_name}},",
        "{{inviter}} invited you to {{purpose}}. The link below works until {{expires_on}}. After that, you need a new invite.",
      ],
      linkLabel: "Connect Here:",
      buttonLabel: "Create your account",
      notes: ["Questions? Reply to this email{{support_line}}.", "This is the only reminder."],
      declineLabel: "This wasn't meant for me",
    },
    verificationCode: {
      subject: "{{code}} is your code",
      preview: "It works for {{minutes}} minutes.",
      intro: "Someone opened the invite to {{purpose}}. If that was you, enter this code:",
      notes: [
        "The code works once, for {{minutes}} minutes.",
        "If this wasn't you, ignore this email: nobody can continue without the code. Don't share it. We'll never ask you for it.",
        "Questions? Reply to this email{{support_line}}.",
      ],
    },
    passwordReset: {
      subject: "Choose a new password for {{platform_name}}",
      preview: "The link works once, for {{minutes}} minutes.",
      paragraphs: [
        "Hello {{name}},",
        "You asked for a new password for {{platform_name}}. Open the link to choose one:",
      ],
      buttonLabel: "Choose a new password",
      notes: [
        "The link works once, for {{minutes}} minutes after you asked for it. A new password signs you out everywhere.",
        "If you didn't ask for it, ignore this email: your password stays as it is.",
      ],
    },
    confirmCurrentEmail: {
      subject: "Confirm your new email address for {{platform_name}}",
      preview: "Nothing changes until you confirm it here and at the new address.",
      paragraphs: [
        "Hello {{name}},",
        "You asked to sign in to {{platform_name}} with {{new_email}} from now on. Open the link to confirm it. We sent another link to the new address: the change takes effect once you have confirmed both.",
      ],
      buttonLabel: "Confirm the change",
      notes: [
        "The link works for {{hours}} hours.",
        "If this wasn't you, don't open the link: someone knows your password. Choose a new one at {{forgot_url}}",
      ],
    },
    confirmNewEmail: {
      subject: "Confirm this email address for {{platform_name}}",
      preview: "Nothing changes until it is confirmed here and at the current address.",
      paragraphs: [
        "Someone asked to sign in to {{platform_name}} with this email address. If that was you, open the link to confirm it. We sent another link to your current address: the change takes effect once you have confirmed both.",
      ],
      buttonLabel: "Confirm this address",
      notes: ["The link works for {{hours}} hours.", "If this wasn't you, ignore this email."],
    },
    securityNotice: {
      subject: "Security notice: {{event}}",
      preview: "If this wasn't you, act now.",
      paragraphs: ["Hello {{name}},", "{{event}}: {{time}}.", "{{advice}}"],
      buttonLabel: "Choose a new password",
      notes: ["We send this email for your security. You can't turn it off."],
    },
  },

  /** The preview beside the invite form and the emails on an invite's page: labels, and placeholders for empty fields. */
  preview: {
    subject: "Subject",
    from: "From",
    to: "To",
    contactName: "Contact Name",
    contactEmail: "name@company.com",
    companyName: "Company Name",
    emails: "Emails",
    kinds: { invite: "Invite", reminder: "Reminder" },
    plainText: "Plain text",
  },

  layout: {
    skipToContent: "Skip to content",
    dismiss: "Dismiss",
    navigation: "Main",
    account: "Account",
    switchAccount: "Switch account",
    staffAccount: (reseller: string) => `${reseller} (staff)`,
    customerAccount: (customer: string, reseller: string) => `${customer}, ${reseller}`,
    signOut: "Sign out",
    profile: "Your profile",
    questions: "Questions?",
    poweredBy: (platform: string) => `Powered by ${platform}`,
    next: "Next →",
    previous: "← Previous",
    newer: "← Newer",
    older: "Older →",
    newestFirst: "Newest first",
    cancel: "Cancel",
  },

  invalidLink: {
    title: "Broken link",
    heading: "This link isn't complete",
    copyWholeLink:
      "Email programs sometimes cut off or wrap long links. Go back to the email, copy the whole link from “https” to its last character, and paste it into the address bar.",
    askForNewInvite: "If it still doesn't work, reply to the email and ask for a new invite.",
  },

  registration: {
    setUp: (account: string) => `Set up ${account}`,
    join: (account: string) => `Join ${account}`,
    invitedYou: (sender: string) => `${sender} invited you.`,
    roleOf: {
      customer: "You will be the Admin of the new account and can invite your colleagues.",
      staff: (reseller: string, role: string) => `You will join the staff of ${reseller}. Your role will be ${role}.`,
      member: (company: string, reseller: string, role: string) =>
        `You will join the account of ${company} with ${reseller}. Your role will be ${role}.`,
    },
    email: "Email",
    name: "Your name",
    password: "Password",
    passwordHelp: (min: number) => `Use ${min} characters or more. A short sentence works well.`,
    passwordCount: "{count} of {min} characters",
    passwordChecking: "Long enough. Checking…",
    passwordGood: "Good, you can use this password.",
    failed: "We couldn't reach the server. Everything you entered is still here: try again.",
    showPassword: "Show password",
    hidePassword: "Hide password",
    existingPassword: "Your password",
    existingPasswordHelp: (account: string) =>
      `You already have an account. Enter its password to add ${account} to your accounts.`,
    signedInAs: (name: string, account: string) =>
      `You're signed in as ${name}. ${account} will be added to your accounts.`,
    termsOfService: "terms of service",
    acceptTerms: <T>(terms: T, reseller: string | undefined, version: string): (T | string)[] => [
      "I accept the ",
      terms,
      reseller ? ` of ${reseller}, version ${version}.` : `, version ${version}.`,
    ],
    create: "Create account",
    accept: "Accept the invite",
  },

  linkStates: {
    signIn: "Sign in",
    signOutAndContinue: "Sign out and continue",
    goToAccount: "Go to your account",
    sendNewLink: "Send me a new link",
    sendLinkAgain: "Send me the newest link again",
    purged: {
      title: "This link no longer works",
      text: (reseller: string) =>
        `The invite has ended, and its personal data was deleted. To join, ask ${reseller} for a new invite.`,
    },
    wrong_user: {
      title: "You're signed in as someone else",
      text: (address: string, name: string, email: string) =>
        `This invite is for ${address}. You're signed in as ${name}, ${email}. Nothing was changed.`,
    },
    email_changed: {
      title: "The address of this invite was changed",
      text: (sender: string) =>
        `${sender} has since changed the address of this invite, so this link no longer works. If that's a mistake, contact them.`,
    },
    suspended: {
      title: "Temporarily unavailable",
      text: (reseller: string) =>
        `Accounts with ${reseller} are temporarily unavailable, so this link doesn't work right now. Try again later, or contact them.`,
    },
    superseded: {
      title: "There is a newer link",
      text: <T>(address: string, sentAt: T, reseller: string): (T | string)[] => [
        `We sent a newer link to ${address} `,
        sentAt,
        `. Open the latest email from ${reseller} and use the link there.`,
      ],
    },
    expired: {
      title: "This link has expired",
      text: <T>(expiredOn: T, address: string, sender: string): (T | string)[] => [
        "It worked until ",
        expiredOn,
        `. We can send a new one to ${address}, the address ${sender} has on record.`,
      ],
    },
    accepted: {
      title: "You've already joined",
      text: (account: string) => `You accepted this invite for ${account}, and you're signed in.`,
    },
    leftAccount: {
      title: "You're no longer in this account",
      text: (account: string) =>
        `You accepted this invite, but you no longer belong to ${account}. Ask an Admin there to invite you again.`,
    },
    acceptedByOther: {
      text: (account: string, address: string, name: string, email: string) =>
        `This invite for ${account} was accepted by ${address}. You're signed in as ${name}, ${email}.`,
    },
    acceptedSignedOut: {
      title: "You already have an account",
      text: (account: string, address: string) =>
        `This invite for ${account} was accepted. Sign in with the address it was sent to, ${address}.`,
    },
    revoked: {
      title: "This invite was withdrawn",
      text: (sender: string) =>
        `${sender} withdrew it, so its link no longer works. If you didn't expect that, contact them.`,
    },
    declined: {
      title: "This invite was declined",
      text: (sender: string) =>
        `Someone told us that it wasn't meant for them. If you want to join after all, ask ${sender} to send it again.`,
    },
  },

  emailCode: {
    willSend: (sender: string, address: string) =>
      `${sender} invited you. To check that this mailbox is yours, we first send a six-digit code to ${address}.`,
    sent: (sender: string, address: string) =>
      `${sender} invited you. To check that this mailbox is yours, we're sending an email to ${address}. Enter the six-digit code from it. If the email has a link instead, open the link.`,
    label: "Code",
    help: (minutes: number) => `You'll find it in the email. It works for ${minutes} minutes.`,
    submit: "Continue",
    send: "Send me a code",
    sendAnother: "Send another code",
    cooldown: "A code was requested a moment ago. Please check your inbox.",
    dailyLimit: "There are no more codes for this invite today. Please check your inbox for the newest email.",
    hourlyLimit: "We can't send a code right now.",
    retryIn: (wait: string) => `You can ask for another one in ${wait}.`,
    suppressed: "We can't send email to this address. Ask for an invite to a different one.",
  },

  renewal: {
    sentTitle: "A new link is on its way",
    sent: (address: string, reseller: string) =>
      `We're sending it to ${address}. Earlier links no longer work. If it doesn't arrive, check your spam folder or contact ${reseller} using the details below.`,
    sentAgainTitle: "The newest link is on its way",
    sentAgain: (address: string, reseller: string) =>
      `We're sending it again to ${address}. If it doesn't arrive, check your spam folder or contact ${reseller} using the details below.`,
    notSentTitle: "No link right now",
    suppressed: (address: string, reseller: string) =>
      `We can't send email to ${address}: it bounced, or someone there asked us to stop. Contact ${reseller} using the details below.`,
    unavailable: (reseller: string) =>
      `We can't send a new link for this invite. Contact ${reseller} using the details below.`,
    cooldown: "We sent you a link a moment ago. Please check your inbox.",
    hourlyLimit: "We can't send a link right now.",
    retryIn: (wait: string) => `You can ask for another one in ${wait}.`,
  },

  decline: {
    title: "Not meant for you?",
    text: (sender: string, contact: string, address: string) =>
      `${sender} invited ${contact} at ${address}. If that isn't you, tell us, and ${sender} won't send anything else to this address.`,
    someone: "someone",
    submit: "This wasn't meant for me",
    doneTitle: "Thank you",
    done: (sender: string, address: string) =>
      `${sender} won't send anything else to ${address}. You can close this page.`,
    expiredTitle: "This link has expired",
    expired: (sender: string) =>
      `The invite can no longer be used, so you don't need to do anything. To get no other email from ${sender}, use the details below.`,
    acceptedTitle: "This invite was accepted",
    accepted: (account: string, reseller: string) =>
      `Someone at this address accepted it for ${account}. If it wasn't you, contact ${reseller} using the details below.`,
  },

  /** For who gets no more emails about an invite, because they pressed "Unsubscribe" in their email program. */
  unsubscribe: {
    title: "Unsubscribe",
    text: (sender: string, address: string) =>
      `Stop all emails from ${sender} to ${address}? The link in your invite keeps working.`,
    submit: "Unsubscribe",
    doneTitle: "You're unsubscribed",
    done: (sender: string, address: string) =>
      `${sender} won't email ${address} again unless you ask for it. The link in your invite keeps working.`,
  },

  signIn: {
    title: "Sign in",
    email: "Email",
    password: "Password",
    submit: "Sign in",
    wrongCredentials: "Wrong email or password.",
    footer: "Your company decides who can sign in.",
    forgotPassword: "Forgot your password?",
    signedOut: "You were signed out.",
    kept: "Sign in, and what you entered is still there.",
    signedInAgain:
      "You're signed in again. Nothing has been changed or sent yet: check what you entered and submit it again.",
  },

  /** A reseller's sandbox and its test data. */
  sandbox: {
    account: (account: string) => `${account} · Sandbox`,
    notice: "Sandbox: this is for tests, and no email leaves it.",
    signIn: "You're signing in to a sandbox, which is for tests.",
    signInAddress: (address: string) => `To sign in here again, enter ${address} as the email.`,
  },

  /** What a page says when a request in the background fails. */
  failures: {
    offline: "You're offline. Check your connection, then try again.",
    unreachable: "The connection failed. Try again.",
    timeout: "This is taking too long. Try again.",
    stale: "This page can't be updated right now. We'll keep trying.",
    tryAgain: "Try again",
    signedOutInForm:
      "You were signed out. Keep going: when you send this form, you sign in again and what you entered is still there.",
  },

  copying: {
    copy: "Copy",
    copyName: (name: string) => `Copy ${name}`,
    copied: "Copied",
    press: (keys: string) => `Press ${keys} to copy.`,
  },

  errorPage: {
    requestId: (id: string) => `If you contact us, include this request ID: ${id}`,
    home: "Back to the home page",
    backToInvite: "Back to the invite",
    insecure: {
      title: "Not secure",
      detail: "Open this page with https:// in an up-to-date browser, and enter your data again.",
    },
    badForm: { title: "Form not accepted", detail: "We couldn't read this form. Reload the page and try again." },
    formTooLarge: {
      title: "Too much text",
      detail:
        "This form has more text or more fields than we accept: 64 KB and 200 fields. Go back, shorten it, and send it again. Nothing was changed.",
    },
    urlTooLong: {
      title: "Address too long",
      detail: "The address of this page is too long. Check that you copied it correctly.",
    },
    headersTooLarge: {
      title: "Request too large",
      detail: "Your browser sent too much with this request. Delete the cookies of this website and try again.",
    },
    internal: {
      title: "Something went wrong",
      detail: "Something went wrong on our side. Please try again in a moment.",
    },
  },

  /** Titles and details of failures, by the name of the reason. */
  problems: {
    not_found: { title: "Not found", detail: "This doesn't exist, or you don't have access to it." },
    forbidden: { title: "Not allowed", detail: "Your role doesn't allow this. Ask an Admin of your company." },
    invalid_cursor: { title: "Unknown cursor", detail: "This cursor isn't valid. Start from the first page." },
    invite_not_pending: {
      title: "No longer pending",
      detail: (status: string) =>
        `This invite is ${status}. Only pending invites can be revoked or have their link copied.`,
    },
    invite_not_resendable: {
      title: "Can't be changed or resent",
      detail: (status: string) => `This invite is ${status}. It can't be changed or sent again.`,
    },
    newer_invite_pending: {
      title: "Already invited again",
      detail: "A newer invite to this address is pending. Resend that one.",
    },
    email_suppressed: {
      title: "Address receives no email",
      detail: "We don't send email to this address. Use a different address.",
      /** What staff and members can do. A copied link is no way out: its code is an email too. */
      wayOut: (edit: string) => `Open the invite and choose ${edit}.`,
    },
    resend_cooldown: { title: "Too many emails", detail: "This invite was sent a moment ago." },
    resend_daily_limit: { title: "Too many emails", detail: "This invite has reached its daily resend limit." },
    email_hourly_limit: { title: "Too many emails", detail: "You've reached the hourly limit for invite emails." },
    busy: { title: "Busy", detail: "We can't check passwords right now." },
    guess_limit: { title: "Too many attempts", detail: "Too many wrong passwords or codes were entered." },
    request_limit: {
      title: "Too many forms",
      detail: "We received too many forms from your network. Wait a minute and try again.",
    },
    email_change_cooldown: { title: "Too many emails", detail: "You asked for a change of address a moment ago." },
    version_conflict: {
      title: "Changed in the meantime",
      detail: "Someone changed this since you opened it. Reload it and make your change again.",
    },
    already_resent: { title: "Already sent again", detail: "Someone else has just sent this invite again." },
    invite_not_ended: {
      title: "Still open",
      detail: "This invite is still open. Revoke it first, or wait until it expires.",
    },
    revocation_final: {
      title: "Too late to undo",
      detail:
        "A revocation can be undone for a minute, unless the contact has joined since. Create a new invite instead.",
    },
    last_admin: { title: "The last Admin", detail: "There is no other Admin. Make someone else an Admin first." },
    reseller_suspended: {
      title: "Suspended",
      detail: (name: string) =>
        `${name} is suspended, so nobody can sign in to its accounts. Contact the operator of this service.`,
    },
    passkey_limit: {
      title: "Too many passkeys",
      detail: (limit: number) => `You already have ${limit} passkeys, the maximum. Remove one first.`,
    },
    no_factors: { title: "No second factor", detail: "This person has no second factor." },
    factors_shared: {
      title: "In other accounts too",
      detail: "This person also belongs to other accounts, so only the operator can reset their second factor.",
    },
    sessions_shared: {
      title: "In other accounts too",
      detail:
        "This person also belongs to other accounts, so you can't sign them out everywhere. Remove them to end their access to this account at once, or ask them to sign out on other devices in their profile.",
    },
    no_active_account: {
      title: "No account",
      detail: "You're no longer in any account: you left, or an Admin removed you. Ask an Admin to invite you again.",
    },
    wrong_account: {
      title: "Different account",
      detail:
        "This form was for an account that you're not signed in to, or that you no longer belong to. Nothing was changed.",
    },
  },
  retry: {
    in: (wait: string) => `Try again in ${wait}.`,
    nothingSent: "Nothing was sent.",
    nothingChanged: "Nothing was changed.",
    remaining: (count: number) => (count === 1 ? "1 resend left today." : `${count} resends left today.`),
  },

  /** The labels of an invite's fields that members see. */
  fieldLabels: {
    contact_name: "Contact Name",
    contact_email: "Contact Email Address",
    role: "Role",
    note: "Note",
    locale: "Language",
    expires_in_days: "Expires after",
  },
  /** What is wrong with a field, by code; for `required` and `invalid`, by field. */
  fieldErrors: {
    required: {
      name: "Enter your name.",
      email: "Enter your email address.",
      password: "Enter a password.",
      current_password: "Enter your current password.",
      accept_terms: "Accept the terms of service to continue.",
      code: "Enter the six digits from the email.",
      contact_name: "Enter the person's name.",
      contact_email: "Enter the address the invite goes to.",
      role: "Choose a role.",
      locale: "Choose a language.",
    },
    invalid: {
      name: "Use a shorter name.",
      email: "Enter an email address such as name@company.com.",
      password: "Use a shorter password.",
      accept_terms: "Accept the terms of service to continue.",
      code: "Enter the six digits from the email.",
      contact_name: "Use a shorter name.",
      contact_email: "Enter an email address such as name@company.com.",
      time_zone: "Enter the name of a time zone, such as Europe/Berlin.",
      role: "Choose a role.",
      locale: "Choose a language.",
      note: "Use a shorter note.",
    },
    too_long: (max: number) => `Use ${max} characters or fewer.`,
    password_too_short: (min: number) => `Use ${min} characters or more. A short sentence works well.`,
    password_too_long: (max: number) => `Use ${max} characters or fewer.`,
    password_common: (word: string | undefined) =>
      word
        ? `“${word}” is one of the first words that attackers try. Add a few words of your own.`
        : "This password is too easy to guess. A short sentence works well.",
    password_contains_name: (word: string | undefined) =>
      `This password is little more than names other people know${word ? `, such as “${word}”` : ""}. Add a few words of your own.`,
    password_changed_often:
      "You've changed your password several times today. Reset it by email, or try again tomorrow.",
    wrong_password: "This isn't the password for your account.",
    passkey_refused: "We couldn't use this passkey. Try again, or use a password.",
    account_exists: "You already have an account. Enter its password to accept.",
    terms_changed: "The terms have changed since you opened this page. Read them and accept them again.",
    code_expired: "This code no longer works. Ask for another one.",
    wrong_code: (attemptsLeft: number) => {
      if (attemptsLeft === 0) return "This isn't the code, and it was your last attempt. Ask for another one."
      return `This isn't the code. You have ${attemptsLeft === 1 ? "1 attempt" : `${attemptsLeft} attempts`} left.`
    },
    email_several: "Enter one address only.",
    email_quoted: "Our mail provider can't send to addresses with quotes before the @. Use a different address.",
    email_letters:
      "Our mail provider can't send to addresses with letters outside A–Z before the @. Use a different address.",
    email_local_part:
      "Check the part before the @: it can't contain spaces, brackets, commas, colons or another @, begin or end with a dot, or have two dots in a row.",
    email_local_part_too_long: (max: number) => `Use ${max} characters or fewer before the @.`,
    email_domain: "There can't be a domain like the part after the @. Check it for typing errors.",
    not_visible: "Use at least one character that can be seen.",
    phone_extension: "Leave the extension out: enter the number alone.",
    invite_pending: (name: string) => `${name} already has a pending invite at this address.`,
    already_member: (name: string) => `${name} has already joined with this address.`,
    email_suppressed: "We don't send email to this address. Use a different address.",
    email_unchanged: "The invite already has this address. Use a different address.",
    openInvite: "Open the invite",
    showPerson: "Open their page",
  },

  account: {
    welcome: (name: string) => `Welcome, ${name}`,
    intro: <T>(account: T, reseller: string, role: string): (T | string)[] => [
      "This is the account of ",
      account,
      ` with ${reseller}. Your role is ${role}.`,
    ],
    adminIntro: "You can invite colleagues and choose their roles.",
  },

  people: {
    members: "Members",
    you: "(you)",
    joined: <T>(joinedAt: T): (T | string)[] => ["joined ", joinedAt],
    joinOrder: "In the order they joined",
    invited: "Invited, not joined yet",
    change: "Change",
    leave: "Leave",
    invite: "Invite colleague",
    inviteSent: (name: string) => `The invite to ${name} is on its way.`,
    roleChanged: "Saved. The new role applies immediately.",
    removed: "Removed. They no longer have access.",
  },

  person: {
    region: "Person",
    email: "Email",
    role: "Role",
    joined: "Joined",
    youAreLastAdmin: (account: string) =>
      `You're the only Admin of ${account}, so you can't give up the role or leave. Make someone else an Admin first.`,
    isLastAdmin: (name: string, account: string) =>
      `${name} is the only Admin of ${account} and can't give up the role or be removed. Make someone else an Admin first.`,
    saveRole: "Save role",
    leaveTitle: (account: string) => `Leave ${account}`,
    leaveText: "You lose access immediately. An Admin can invite you again.",
    leave: "Leave",
    removeTitle: (account: string) => `Remove from ${account}`,
    removeText: (name: string) => `${name} loses access immediately. You can invite them again.`,
    remove: "Remove",
  },

  inviteForm: {
    title: "Invite colleague",
    name: "Name",
    email: "Email Address",
    emailHelp: "We send the invite here.",
    role: "Role",
    language: "Language",
    languageHelp: "For all emails and pages of this invite.",
    note: "Note (optional)",
    noteHelp: (max: number) => `Plain text, up to ${max} characters. Shown in the email.`,
    send: "Send invite",
    createWithoutEmail: "Create without email",
    withoutEmailHelp: "Without email, you copy the registration link and pass it on yourself.",
  },

  editInvite: {
    title: "Edit invite",
    titleResend: "Edit & resend",
    save: "Save",
    sentEmailHelp: "If you change the address, we send the invite there with a new link. Earlier links stop working.",
    unsentEmailHelp: "If you change the address, links you copied earlier stop working.",
    conflict:
      "Someone changed this invite since you opened the form. Your version is below. Save again to replace theirs.",
    otherDetails: "Other details",
    sameAddressTitle: "Is the address correct?",
    sameAddressText: (address: string) => `Then send the invite to ${address} again.`,
    allowText: (name: string) =>
      `Send the invite only if ${name} asked you to. From then on, this address gets email from you again.`,
    allowAndResend: "Allow email and resend",
  },

  copyLink: {
    title: "Registration link",
    forPerson: (name: string) => `For ${name}`,
    help: <T>(expiresOn: T, name: string, email: string, minutes: number): (T | string)[] => [
      "The link works until ",
      expiresOn,
      `. Anyone who opens it must enter a code that we send to ${email} and that works for ${minutes} minutes, so only ${name} can use it. Links that were sent by email keep working.`,
    ],
    done: "Done",
  },

  invite: {
    region: "Invite",
    timeline: "Timeline",
    contact: "Contact",
    email: "Email",
    days: (days: number) => (days === 1 ? "1 day" : `${days} days`),
    invited: "Invited",
    copyLink: "Copy link",
    edit: "Edit",
    editAndResend: "Edit & resend",
    resend: "Resend Invite",
    send: "Send Invite",
    resendIn: (time: string) => `Resend in ${time}`,
    toPerson: (name: string) => `to ${name}`,
    inviteTo: (name: string) => `the invite to ${name}`,
    revoke: "Revoke",
    revokeLabel: (name: string) => `Revoke the invite to ${name}`,
    undo: "Undo",
    flashes: {
      resent: (to: string) => `The invite to ${to} is on its way, with a new link.`,
      revoked: (to: string) => `The invite to ${to} was revoked.`,
      restored: (to: string) => `The invite to ${to} is pending again. Its link works again.`,
      created: (to: string) =>
        `The invite to ${to} was created. No email was sent: copy the link and pass it on yourself.`,
      saved: (to: string) => `The invite to ${to} was saved. Existing links keep working.`,
      addressChanged: (to: string) =>
        `The invite to ${to} was saved. Links you copied earlier no longer work. Copy a new one.`,
      unchanged: "Nothing was changed and nothing was sent.",
    },
  },

  inviteStatuses: {
    pending: "Pending",
    accepted: "Accepted",
    expired: "Expired",
    revoked: "Revoked",
    declined: "Declined",
  },
  emailStatuses: {
    queued: "Queued",
    sent: "Sent",
    delivered: "Delivered",
    deferred: "Delayed",
    bounced: "Bounced",
    complained: "Marked as spam",
    failed: "Not sent",
  },
  /** Why an email wasn't delivered, or waits. English is stored, and the API reports it. */
  emailErrors: {
    suppressed: "We don't send email to this address",
    exhausted: "Sending failed after repeated attempts",
    no_mailbox: "Mailbox does not exist",
    no_domain: "Domain does not exist",
    no_mail_domain: "Domain does not accept email",
    mailbox_disabled: "Mailbox is disabled",
    mailbox_full: "Mailbox is full",
    rejected: "Rejected by the receiving server",
    try_later: "The receiving server asked to try again later",
    waiting: "We can't send email right now and keep trying",
    held: "On hold after a restore, since it may have been sent already",
  },
  statusLine: {
    notEmailed: "No email sent",
    timesSent: (count: number) => (count === 2 ? "sent twice" : `sent ${count} times`),
    expires: <T>(expiresOn: T): (T | string)[] => ["expires ", expiresOn],
    expired: <T>(expiredAt: T): (T | string)[] => ["Expired ", expiredAt],
    joined: <T>(joinedAt: T): (T | string)[] => ["Joined ", joinedAt],
    opened: <T>(openedAt: T): (T | string)[] => ["opened ", openedAt],
    sent: <T>(sentAt: T): (T | string)[] => ["sent ", sentAt],
    revoked: "Link disabled",
    declined: "Declined by recipient",
  },

  timeline: {
    actions: {
      "invite.created": "Invited",
      "invite.sent": "Email sent to",
      "invite.failed": "Email not sent:",
      "invite.delivered": "Email delivered",
      "invite.deferred": "Email delayed:",
      "invite.bounced": "Email bounced:",
      "invite.complained": "Marked as spam",
      "invite.updated": "Edited:",
      "invite.billing_changed": "Billing account changed",
      "invite.link_issued": "Link copied",
      "invite.code_sent": "Code requested with a copied link for",
      "invite.form_started": "Started filling in the form",
      "invite.link_repeated": "Requested by the contact: newest link sent again to",
      "invite.reminded": "Reminded",
      "invite.advanced": "Moved forward in time",
      "invite.opened": "Opened the link",
      "invite.declined": "Declined",
      "invite.unsubscribed": "Unsubscribed",
      "invite.resent": "New link emailed to",
      "invite.revoked": "Revoked",
      "invite.restored": "Revocation undone",
      "invite.expired": "Expired",
      "invite.accepted": "Accepted",
      "invite.purged": "Personal data deleted",
      "invite.code_refused": "Wrong code entered",
      "invite.sign_in_failed": "Sign-in with the link failed",
      "invite.limit_reached": "Limit of attempts reached",
    },
    renewed: "Renewed by the contact: new link sent to",
    noValue: "none",
    system: "System",
    theContact: "The contact",
    contact: (name: string) => `${name} (contact)`,
    member: (name: string) => `${name} (member)`,
  },

  privacy: {
    purgedInvite: "Deleted contact",
    purged: <T>(when: T): (T | string)[] => ["The personal data of this invite was deleted ", when, "."],
    purgeTitle: "Delete personal data",
    purgeText:
      "Permanently deletes the name, address, note and emails of this invite. The invite stays in lists and counts without them.",
    purge: "Delete personal data",
    personTitle: "Remove and delete personal data",
    personText:
      "Also deletes their name, address, password and sessions, unless they belong to another account. Pending invites, and invites from other resellers, keep the name and address until they are deleted. You can't undo this.",
    flashes: { purged: "Personal data deleted." },
  },

  passwordReset: {
    title: "Forgot your password?",
    help: "Enter the email address that you sign in with. We'll send you a link to choose a new password.",
    email: "Email",
    submit: "Send me a link",
    back: "Back to sign-in",
    sentTitle: "Check your inbox",
    sent: (address: string, minutes: number, waitMinutes: number) =>
      `If there is an account for ${address}, we're sending a link there. It works for ${minutes} minutes. If it doesn't arrive, check your spam folder. After several requests in a day, we send the next link ${waitMinutes} minutes after the last one, which still works.`,
    newTitle: "Choose a new password",
    newHelp: "Saving it signs you out everywhere. Then sign in with the new password.",
    newPassword: "New password",
    save: "Save password",
    invalidTitle: "This link no longer works",
    invalid: (minutes: number) =>
      `A link works once, for ${minutes} minutes, and only until the password or the address changes.`,
    askAgain: "Send me a new link",
    done: "Your password has been changed. Sign in with the new one.",
  },

  profile: {
    title: "Your profile",
    name: { title: "Name", label: "Your name", save: "Save name", saved: "Your name has been changed." },
    preferences: {
      title: "Preferences",
      themeLabel: "Theme",
      themes: { system: "System", light: "Light", dark: "Dark" },
      timeZone: "Time zone",
      automatic: "Automatic (your browser's)",
      timeZoneHelp: "For all times on your pages, such as Europe/Berlin.",
      save: "Save",
      saved: "Your preferences have been saved.",
    },
    password: {
      title: "Password",
      current: "Current password",
      new: "New password",
      help: (min: number) => `Use ${min} characters or more. Changing it signs you out everywhere else.`,
      save: "Change password",
      saved: "Your password has been changed, and you're signed out everywhere else.",
      none: "You have no password: you sign in with a passkey.",
      add: "Add a password",
    },
    email: {
      title: "Email address",
      current: (address: string) => `You sign in with ${address}.`,
      label: "New email address",
      help: "We'll send a link to each address. The change takes effect once you have confirmed both.",
      save: "Change address",
      requested: "We're sending a link to each address. Open both links to confirm the change.",
      waiting: (address: string) => `To change your address to ${address}, confirm it with both links that we sent.`,
      confirmedCurrent: "Confirmed at your current address.",
      confirmedNew: "Confirmed at the new address.",
      cancel: "Cancel the change",
      cancelled: "Cancelled. You keep your address.",
    },
    sessions: {
      title: "Where you're signed in",
      current: "This session",
      device: (browser: string, system: string) => `${browser} on ${system}`,
      unknownDevice: "Unknown device",
      unknownPlace: "Unknown place",
      near: (place: string) => `Near ${place}`,
      lastUsed: <T>(day: T): (T | string)[] => ["Last used ", day],
      signOut: "Sign out",
      signOutOthers: "Sign out everywhere else",
      ended: "Signed out there.",
      othersEnded: "Signed out everywhere else.",
      help: (days: number) => `Every session ends after ${days} days at the latest.`,
    },
  },

  /** Ending the sessions of a colleague. */
  personSessions: {
    title: "Sessions",
    text: (name: string) => `Sign ${name} out on all devices, for example after a device was lost.`,
    submit: "Sign out everywhere",
    ended: "Signed out on all devices.",
  },

  emailChange: {
    title: "Confirm your email address",
    text: (address: string, platform: string) =>
      `Confirm that you want to sign in to ${platform} with ${address} from now on.`,
    submit: "Confirm",
    waitingTitle: "One more link",
    waiting: {
      current: (address: string) => `Confirmed. Now open the link that we sent to ${address}.`,
      new: "Confirmed. Now open the link that we sent to your current address.",
    },
    changedTitle: "Your address has been changed",
    changed: (address: string) => `From now on, you sign in with ${address}.`,
    takenTitle: "This address can't be used",
    taken: "Another account uses this address now. Your address stays as it is.",
    invalidTitle: "This link no longer works",
    invalid: (hours: number) =>
      `A link works for ${hours} hours. It stops working when the change is made or cancelled, or the password changes.`,
    signIn: "Go to sign-in",
  },

  /** What emails tell people about changes to their own sign-in. */
  securityNotices: {
    password_changed: "Your password was changed",
    password_reset: "Your password was reset with an emailed link",
    email_changed: "Your email address was changed",
    passkey_added: "A passkey was added to your account",
    passkey_removed: "A passkey was removed from your account",
    authenticator_added: "An authenticator app was set up for your account",
    authenticator_removed: "The authenticator app was removed from your account",
    recovery_codes_created: "New recovery codes were created for your account",
    factors_reset: "Your passkeys, authenticator app and recovery codes were deleted, because they were reported lost",
  },

  securityAdvice: {
    choosePassword: "If this was you, there is nothing to do. If it wasn't, choose a new password right away:",
    changedAddress: (platform: string) =>
      `This address no longer signs in to ${platform}. If this was you, there is nothing to do. If it wasn't, someone can read your email: choose a new password for your mailbox. Then ask an Admin of your account to remove you there and to invite you again.`,
  },

  /** The second step of signing in, and signing in with a passkey. */
  secondFactor: {
    title: "Second step",
    intro: "Your password is correct. Now confirm that it's you.",
    code: "Code",
    codeHelp: "Six digits from your authenticator app, or one of your recovery codes.",
    recoveryCodeHelp: "One of your recovery codes.",
    submit: "Sign in",
    usePasskey: "Use a passkey",
    passkeyFailed: "We couldn't use this passkey. Try again.",
    passkeyFailedAtSignIn: "We couldn't sign you in with this passkey. Try again, or enter your password.",
    wrongCode: "This code isn't valid, or it was already used.",
    lastAttempt: "That was your last attempt. Sign in again.",
    expired: "This took too long. Enter your password again.",
    startOver: "Start over",
    lost: "Lost your device? Enter a recovery code. Without one, an Admin of your account can reset your second factor.",
  },

  confirmIdentity: {
    title: "Confirm it's you",
    intro: "You signed in a while ago. Confirm that it's you before you change this.",
    kept: "Nothing has been changed yet, and we keep what you entered.",
    password: "Password",
    submit: "Confirm",
    wrongPassword: "This isn't your password.",
    confirmedTitle: "One more step",
    confirmed: "Thank you. Nothing has been changed yet: continue to make your change.",
    continue: "Continue",
    cancel: "Cancel",
  },

  /** Passkeys, the authenticator app and recovery codes on the profile. */
  factors: {
    requiredTitle: "Protect your account",
    requiredIntro: (account: string) =>
      `${account} requires a second step to sign in. Set up one of these to continue. It takes a minute.`,
    intro: "Add a second step to sign in, so that a stolen password isn't enough.",
    done: "Done",
    cancel: "Cancel",
    remove: "Remove",
    changed: "Saved. You're signed out everywhere else.",
    othersSignedOut: "When you change how you sign in, we sign you out everywhere else and email you.",
    passkeys: {
      title: "Passkeys",
      text: "Sign in with your fingerprint, face or screen lock. A passkey replaces your password and the second step.",
      none: "You have no passkeys yet.",
      add: "Add a passkey",
      name: "Name",
      nameHelp: "To tell your passkeys apart, such as the name of your device.",
      create: "Create passkey",
      unsupported: "Passkeys need a browser with JavaScript that supports them.",
      refused: "We couldn't add this passkey. Try again.",
      added: <T>(addedAt: T): (T | string)[] => ["added ", addedAt],
      used: <T>(usedAt: T): (T | string)[] => ["last used ", usedAt],
      neverUsed: "never used",
      confirmRemove: (name: string) => `Remove the passkey ${name}? You won't be able to sign in with it.`,
    },
    authenticator: {
      title: "Authenticator app",
      text: "An app on your phone shows a new code every 30 seconds. We ask for it after your password.",
      on: "Your authenticator app is set up.",
      off: "You have no authenticator app.",
      add: "Set up an app",
      replace: "Set up another app",
      scan: "Scan this code with an authenticator app.",
      qrCode: "QR code for your authenticator app",
      manual: "Or enter this key in the app",
      code: "Code",
      codeHelp: "The six digits that the app shows.",
      verify: "Turn on",
      wrongCode: "This isn't the code that the app shows now. Check the clock of your phone.",
      confirmRemove: "Remove your authenticator app? We won't ask for its codes any more.",
    },
    recoveryCodes: {
      title: "Recovery codes",
      text: "Each code works once, instead of your authenticator app or passkey. Keep them in a safe place.",
      first: "Your account is set up, and you sign in with your passkey.",
      shownOnce: "Save these codes now. You can't see them again.",
      left: (count: number) => (count === 1 ? "You have 1 code left." : `You have ${count} codes left.`),
      create: "Create new codes",
      copy: "Copy codes",
    },
    reset: {
      title: "Second factor",
      text: (name: string) =>
        `If ${name} lost their device, delete their passkeys, authenticator app and recovery codes. They are signed out and can sign in with their password.`,
      submit: "Reset second factor",
      done: "The second factor was deleted. We told them by email.",
    },
  },

  registrationByPasskey: {
    create: "Create account with a passkey",
    accept: "Accept with a passkey",
    help: "No password needed: your fingerprint, face or screen lock is enough.",
    or: "or with a password",
    cancelled: "No passkey was created. Try again, or choose a password.",
  },

  /** What people can do while their password isn't accepted. */
  guessLimit: {
    sooner: <T>(resetLink: T): (T | string)[] => ["A passkey still works, and you can ", resetLink, "."],
    resetPassword: "reset your password",
  },
})

/** What every language must have: the keys of English, with the same parameters. */
export type Messages = typeof en
