/** How a customer's invite begins, by language: in the e-mail, and beside the form. Slots are written `{{slot_name}}`. */
export const INVITE_EMAIL_TEXT = {
  en: {
    subject: "You have been invited to join {{reseller_name}}",
    greeting: "Dear {{contact_name}},",
    opening:
      "You have been invited to join the {{reseller_name}} self-service experience, powered by {{platform_name}}. Get ready to experience connectivity in a beautiful and automated fashion, the way you expect the cloud should be!",
    connect: "Connect Here:",
  },
  de: {
    subject: "Sie wurden zu {{reseller_name}} eingeladen",
    greeting: "Guten Tag {{contact_name}},",
    opening:
      "Sie wurden eingeladen, das Self-Service-Portal von {{reseller_name}} mit Technologie von {{platform_name}} zu nutzen. Erleben Sie Konnektivität so elegant und automatisiert, wie Sie es von der Cloud erwarten!",
    connect: "Jetzt verbinden:",
  },
}
