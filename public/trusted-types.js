// Appended to htmx, so that the policy is there before the first response, however slowly other scripts load.
{
  // htmx parses our fragments. A script inside one would be refused, as by the content security policy.
  const createScript = () => {
    throw new TypeError("fragments contain no scripts")
  }
  const policy = window.trustedTypes?.createPolicy("vestibule", { createHTML: (html) => html, createScript })
  window.htmx.registerExtension("trusted-types", { init: ({ initSecurity }) => initSecurity(policy) })
}
