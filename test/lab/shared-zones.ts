import { another, ofProvider } from "./keys.ts";

/*
 * Providers of the lab: one that nobody knows, and names of real ones, so that the catalogue is at work. They lead nowhere
 * but to this internet.
 */
export const sharedZones: Readonly<Record<string, string>> = {
  "esp.example": `s1.dkim ${ofProvider.txt}
s2.dkim ${another.txt}
revoked.dkim TXT "v=DKIM1; p="
own._domainkey ${another.txt}
${Array.from({ length: 10 }, (_, index) => `a${index + 1} A 192.0.2.${index + 1}`).join("\n")}
`,
  "sendgrid.net": `s1.domainkey.u1.wl001 ${ofProvider.txt}
s2.domainkey.u1.wl001 ${another.txt}
`,
  "mcsv.net": `dkim2 ${ofProvider.txt}
dkim3 ${another.txt}
`,
  "onmicrosoft.com": `$ORIGIN _domainkey.contoso.onmicrosoft.com.
selector1-contoso-onmicrosoft-com ${ofProvider.txt}
selector1-microsoft-sound-example ${ofProvider.txt}
selector2-microsoft-sound-example ${another.txt}
selector1-microsoft-idle-example ${ofProvider.txt}
selector1-cname-missing-example ${ofProvider.txt}
selector1-cname-mismatch-example ${ofProvider.txt}
selector2-cname-mismatch-example ${another.txt}
`,
};
