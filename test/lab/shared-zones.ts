import { first, second, third } from "./keys.ts";

/*
 * Providers of the lab: one that nobody knows, and names of real ones, so that the catalogue is at work. They lead nowhere
 * but to this internet.
 */
export const sharedZones: Readonly<Record<string, string>> = {
  "esp.example": `s1.dkim ${first.txt}
s2.dkim ${second.txt}
revoked.dkim TXT "v=DKIM1; p="
own._domainkey ${second.txt}
${Array.from({ length: 10 }, (_, index) => `a${index + 1} A 192.0.2.${index + 1}`).join("\n")}
`,
  "sendgrid.net": `s1.domainkey.u1.wl001 ${first.txt}
s2.domainkey.u1.wl001 ${second.txt}
`,
  "mcsv.net": `dkim2 ${first.txt}
dkim3 ${second.txt}
`,
  "onmicrosoft.com": `$ORIGIN _domainkey.contoso.onmicrosoft.com.
selector1-contoso-onmicrosoft-com ${first.txt}
selector1-microsoft-sound-example ${first.txt}
selector2-microsoft-sound-example ${second.txt}
selector1-microsoft-idle-example ${third.txt}
selector1-cname-missing-example ${first.txt}
selector1-cname-mismatch-example ${first.txt}
selector2-cname-mismatch-example ${second.txt}
`,
};
