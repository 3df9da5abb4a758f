import { expect, test } from "vitest";
import { microsoftState, type MicrosoftSays } from "./state.ts";
import { microsoftSteps, microsoftStepsText } from "./steps.ts";
import { chainTo, config, targetOf } from "./test-worlds.ts";

type Chains = Parameters<typeof microsoftState>[0];
const signs1: Chains = {
  selector1: chainTo("selector1", "key", targetOf("selector1")),
  selector2: chainTo("selector2", "nothing", targetOf("selector2")),
};
const neither: Chains = { selector1: chainTo("selector1", "nothing"), selector2: chainTo("selector2", "nothing") };

/** The steps as short words, for comparing. */
function steps(chains: Chains, says: MicrosoftSays): string[] {
  return microsoftSteps("example.com", microsoftState(chains, says, 2000), says).map((step) =>
    step.do === "run"
      ? step.command
      : step.do === "publish"
        ? `${step.name} CNAME ${step.target}`
        : `wait ${step.until ?? "96 h"}`,
  );
}
const create = "New-DkimSigningConfig -DomainName example.com -Enabled $false -KeySize 2048";
const show = "Get-DkimSigningConfig -Identity example.com | Format-List Selector1CNAME,Selector2CNAME";
const switchOn = "Set-DkimSigningConfig -Identity example.com -Enabled $true";
const rotate = "Rotate-DkimSigningConfig -Identity example.com -KeySize 2048";
const publish = (selector: "selector1" | "selector2"): string =>
  `${selector}._domainkey.example.com CNAME ${targetOf(selector)}`;

const cases: [string, Chains, MicrosoftSays, string[]][] = [
  [
    "a domain that Microsoft does not list: make keys, read the targets, switch on",
    neither,
    "not-listed",
    [create, show, switchOn],
  ],
  [
    "M365-07 both aliases before signing is switched on",
    neither,
    { ...config, enabled: false, status: "CnameMissing" },
    [publish("selector1"), publish("selector2"), switchOn],
  ],
  [
    "only the missing alias, where signing is on already",
    { ...signs1, selector2: chainTo("selector2", "nothing") },
    config,
    [publish("selector2")],
  ],
  [
    "M365-04 without Microsoft's word the targets are shown by it, never guessed",
    neither,
    "not-asked",
    [show, switchOn],
  ],
  [
    "aliases with nothing behind them: switch on",
    { ...signs1, selector1: chainTo("selector1", "nothing", targetOf("selector1")) },
    "not-asked",
    [switchOn],
  ],
  ["all right: nothing", signs1, config, []],
  ["all there and off: switch on", signs1, { ...config, enabled: false }, [switchOn]],
  [
    "two short keys: two rotations with the wait between",
    signs1,
    { ...config, keyBits: { selector1: 1024, selector2: 1024 } },
    [rotate, "wait 96 h", rotate],
  ],
  ["the short key rests: one rotation", signs1, { ...config, keyBits: { selector1: 2048, selector2: 1024 } }, [rotate]],
  [
    "the short key signs: two rotations",
    signs1,
    { ...config, keyBits: { selector1: 1024, selector2: 2048 } },
    [rotate, "wait 96 h", rotate],
  ],
  [
    "no second rotation meanwhile",
    signs1,
    { ...config, rotatesAt: 3000, keyBits: { selector1: 1024, selector2: 1024 } },
    ["wait 3000"],
  ],
  [
    "nothing can be said: nothing is advised",
    { ...signs1, selector1: chainTo("selector1", "unknown") },
    "not-asked",
    [],
  ],
];
test.each(cases)("%s", (_, chains, says, expected) => expect(steps(chains, says)).toEqual(expected));

test("as a sentence", () => {
  const says: MicrosoftSays = { ...config, enabled: false };
  const state = microsoftState({ ...signs1, selector2: chainTo("selector2", "nothing") }, says, 2000);
  expect(microsoftStepsText(microsoftSteps("example.com", state, says))).toBe(
    `publish ${publish("selector2")} (Microsoft signs only while both aliases are there); then run ${switchOn} (signs from now on; refused until Microsoft sees both aliases)`,
  );
});
