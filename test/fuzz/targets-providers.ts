import { parseName } from "chancery/dns";
import { octetsOf } from "chancery/mail";
import { shippedCatalogue } from "../../server/src/app/provider-catalogue.ts";
import { attributeKey } from "../../server/src/model/provider/attribute-key.ts";
import { matchesName, parseNamePattern } from "../../server/src/model/provider/name-pattern.ts";
import { parseProvider } from "../../server/src/model/provider/parse-provider.ts";
import { parseSigningConfigs } from "../../server/src/model/provider/microsoft365/signing-config.ts";
import { microsoftSays, microsoftState } from "../../server/src/model/provider/microsoft365/state.ts";
import { microsoftSteps } from "../../server/src/model/provider/microsoft365/steps.ts";
import { type Target, demand } from "./target.ts";

const chain = { aliases: [], finalName: "x.example", outcome: "absent", reason: "nodata" } as const;

/** A file that is said to be of PowerShell: whatever is in it, no command for a shell has more in it than a name. */
const signingConfigs: Target = {
  name: "microsoft-signing-configs",
  seeds: [
    '{"Domain":"example.com","Enabled":true,"Status":"Valid","Selector1CNAME":"selector1-a._domainkey.b.onmicrosoft.com","Selector1KeySize":1024}',
    '[{"Name":"example.com","RotateOnDate":"/Date(1784055280706)/","Enabled":"False"},{"Identity":"b.example"}]',
  ],
  words: [
    '"Domain":',
    '"Status":',
    '"value":',
    "[",
    "{",
    "}",
    "]",
    ",",
    '"',
    "\\u0000",
    "; ",
    "$(",
    "`",
    "/Date(",
    ".",
    "\xff\xfe",
  ],
  check(input) {
    const configs = parseSigningConfigs(octetsOf(input));
    if (!configs.ok) return;
    for (const { domain } of configs.value.slice(0, 20)) {
      const says = microsoftSays(configs.value, domain);
      const steps = microsoftSteps(domain, microsoftState({ selector1: chain, selector2: chain }, says, 0), says);
      for (const step of steps)
        if (step.do === "run")
          demand(/^[A-Z][A-Za-z]+-Dkim[A-Za-z]+[-A-Za-z0-9_.,$| ]*$/.test(step.command), "a command with more in it");
    }
  },
};

/** A pattern and a name: either is refused, or the match ends, and says the same twice. */
const patterns: Target = {
  name: "name-patterns",
  seeds: [
    "selector[12]-*._domainkey.*.example.net selector1-a._domainkey.b.example.net",
    "**.a#.example.net b.a12.example.net",
  ],
  words: ["*", "**", "#", "[a-z]", "[0-9]{32}", ".", "-", "\\.", "example.net", "_domainkey", " "],
  check(input) {
    const [written = "", name = ""] = input.split(" ");
    const pattern = parseNamePattern(written);
    const canonical = parseName(name);
    if (!pattern.ok || !canonical.ok) return;
    demand(
      matchesName(pattern.value, canonical.value) === matchesName(pattern.value, canonical.value),
      "a match that says two things",
    );
  },
};

/** Names of a chain as somebody publishes them: a provider is named only by a name that ends in one of its own. */
const attribution: Target = {
  name: "provider-attribution",
  seeds: ["s1.domainkey.u1.wl2.sendgrid.net k2.mcsv.net", "b1.a.dkim.brevo.com brevo17.dkim.brevo.com"],
  words: [
    "sendgrid.net",
    "notsendgrid.net",
    "\\.",
    ".",
    " ",
    "dkim.amazonses.com",
    "_domainkey",
    "onmicrosoft.com",
    "\\046",
  ],
  check(input) {
    const targets = input.split(" ").flatMap((name) => {
      const read = parseName(name);
      return read.ok ? [read.value] : [];
    });
    for (const { by, form, seen } of attributeKey(shippedCatalogue(), { selector: "x", targets }).parties) {
      const end = form.split(".").slice(-2).join(".");
      demand(by === "selector" || seen === end || seen.endsWith(`.${end}`), "a provider named by another's name");
      demand(!seen.endsWith(`\\.${end}`), "a provider named by a dot inside a label");
    }
  },
};

/** An entry of the catalogue that somebody sends. */
const entries: Target = {
  name: "provider-entries",
  seeds: [
    '{"id":"a","name":"A","kind":"sender","modes":["cname"],"targets":[{"pattern":"*.a.example","example":"b.a.example"}],"key":{"scope":"per-customer","rotation":"provider"},"evidence":{"confidence":"low","checked":"2026-01-31"}}',
  ],
  words: ['"pattern":', '"example":', "[", "]", "{", "}", "**", "*", "#", ",", '"', "__proto__", "\\u0000"],
  check(input) {
    parseProvider(input);
  },
};

export const providerTargets: readonly Target[] = [signingConfigs, patterns, attribution, entries];
