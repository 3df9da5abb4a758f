import { expect, test } from "vitest";
import { microsoftSays, microsoftState, type MicrosoftSays, type MicrosoftState } from "./state.ts";
import { chainTo, config, targetOf } from "./test-worlds.ts";

type Chains = Parameters<typeof microsoftState>[0];
const signs1: Chains = {
  selector1: chainTo("selector1", "key", targetOf("selector1")),
  selector2: chainTo("selector2", "nothing", targetOf("selector2")),
};
const neither: Chains = { selector1: chainTo("selector1", "nothing"), selector2: chainTo("selector2", "nothing") };
const keyless: Chains = { ...signs1, selector1: chainTo("selector1", "nothing", targetOf("selector1")) };
const now = 2000;

const cases: [string, Chains, MicrosoftSays, Partial<MicrosoftState>][] = [
  [
    "M365-07 one key behind two aliases is Valid, and the other selector rests",
    signs1,
    "not-asked",
    { status: "Valid", active: "selector1", signing: "unknown" },
  ],
  [
    "with Microsoft's word it is known that it signs",
    signs1,
    config,
    { status: "Valid", active: "selector1", signing: "on" },
  ],
  ["M365-07 no alias is there: CnameMissing", neither, "not-asked", { status: "CnameMissing", active: undefined }],
  [
    "M365-01 one alias of two is CnameMissing",
    { ...signs1, selector2: chainTo("selector2", "nothing") },
    "not-asked",
    { status: "CnameMissing", active: "selector1" },
  ],
  ["Microsoft does not list the domain: NoDKIMKeys", neither, "not-listed", { status: "NoDKIMKeys", signing: "off" }],
  ["its own word NoDKIMKeys", neither, { ...config, status: "NoDKIMKeys" }, { status: "NoDKIMKeys", signing: "off" }],
  [
    "no targets were given out: NoDKIMKeys",
    neither,
    { ...config, targets: { selector1: undefined, selector2: undefined } },
    { status: "NoDKIMKeys" },
  ],
  [
    "M365-07 aliases without any key: it was never switched on",
    keyless,
    "not-asked",
    { status: "NoDKIMKeys", signing: "off" },
  ],
  [
    "M365-07 the same, and Microsoft says that it is off",
    keyless,
    { ...config, enabled: false },
    { status: "Valid", signing: "off" },
  ],
  [
    "the same, and Microsoft says that it is on: nobody can tell",
    keyless,
    config,
    { status: "unknown", signing: "unknown" },
  ],
  ["all there and switched off", signs1, { ...config, enabled: false }, { status: "Valid", signing: "off" }],
  [
    "M365-06 the alias leads to a target that is not the one given out",
    signs1,
    {
      ...config,
      targets: { ...config.targets, selector1: "selector1-example-com9._domainkey.example.n-v1.dkim.mail.microsoft" },
    },
    { status: "CnameMissing" },
  ],
  [
    "a name of one's own between",
    {
      ...signs1,
      selector1: {
        ...signs1.selector1,
        aliases: [
          { name: "selector1._domainkey.example.com", target: "s1.example.com", ttlSeconds: 60 },
          { name: "s1.example.com", target: targetOf("selector1"), ttlSeconds: 60 },
        ],
      },
    },
    config,
    { status: "Valid", active: "selector1" },
  ],
  [
    "crossed aliases",
    {
      selector1: chainTo("selector1", "key", targetOf("selector2")),
      selector2: chainTo("selector2", "key", targetOf("selector1")),
    },
    "not-asked",
    { status: "CnameMissing" },
  ],
  [
    "a rotation under way: the old selector still signs",
    signs1,
    { ...config, rotatesAt: 3000 },
    { status: "Rotating", rotatesAt: 3000, active: "selector2" },
  ],
  [
    "Microsoft's words for it",
    signs1,
    { ...config, status: "Rotating keys for this domain and signing DKIM signatures" },
    { status: "Rotating" },
  ],
  [
    "a timeout says nothing",
    { ...signs1, selector1: chainTo("selector1", "unknown") },
    "not-asked",
    { status: "unknown", active: undefined },
  ],
  [
    "a timeout behind an alias says nothing of keys",
    { selector1: chainTo("selector1", "unknown", targetOf("selector1")), selector2: signs1.selector2 },
    "not-asked",
    { status: "unknown", active: undefined },
  ],
  [
    "a key record where an alias belongs is somebody else's",
    { ...signs1, selector1: chainTo("selector1", "key") },
    "not-asked",
    { status: "CnameMissing" },
  ],
];
test.each(cases)("%s", (_, chains, says, state) => expect(microsoftState(chains, says, now)).toMatchObject(state));

test("M365-09 a subdomain is a domain of its own", () => {
  expect(microsoftSays([config], "example.com")).toBe(config);
  expect(microsoftSays([config], "news.example.com")).toBe("not-listed");
  expect(microsoftSays(undefined, "example.com")).toBe("not-asked");
});
