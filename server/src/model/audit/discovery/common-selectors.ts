/** Selectors that many domains have, the most frequent first. A name that is not among them is none the less possible. */
export const commonSelectors: readonly string[] = [
  "google selector1 selector2 default s1 s2 k1 k2 k3 mail dkim smtp mandrill mte1 mte2 cm pm mx m1 email krs pic",
  "smtpapi mailjet resend protonmail protonmail2 protonmail3 fm1 fm2 fm3 zoho zmail sig1 key1 key2 dkim1 dkim2",
  "brevo1 brevo2 kl kl2 ctct1 ctct2 zendesk1 zendesk2 litesrv ml acdkim1 acdkim2 hs1 hs2 everlytickey1 everlytickey2",
  "cf2024-1 titan1 titan2 x",
].flatMap((line) => line.split(" "));
