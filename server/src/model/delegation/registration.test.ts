import { describe, expect, test } from "vitest";
import { registrationFindings, registrationOf, type RegistrationSeen } from "./registration.ts";
import { day } from "../seconds.ts";

const now = 1_770_000_000;
const nothing: RegistrationSeen = {
  createdAt: now - day,
  toldExpiresAt: null,
  toldAt: null,
  seenExpiresAt: null,
  seenAt: null,
  problem: null,
};
const known = (seen: Partial<RegistrationSeen>, setting?: number) =>
  registrationOf("held.example", { ...nothing, ...seen }, { setting, since: now, now });
const told = (seen: Partial<RegistrationSeen>, setting?: number): string[] =>
  registrationFindings(known(seen, setting), now).map(({ code, severity }) => `${severity} ${code}`);

test.each<[number, string | undefined, string]>([
  [61, undefined, ""],
  [59, "medium", "ends on 2026-04-02"],
  [29, "high", "ends on 2026-03-03"],
  [6, "critical", "ends on 2026-02-08"],
  [-1, "critical", "ended on 2026-02-01"],
])("with %i days left it is a finding: %s %s", (days, severity, words) => {
  for (const one of [known({ seenExpiresAt: now + days * day, seenAt: now }), known({}, now + days * day)]) {
    const [finding] = registrationFindings(one, now);
    expect(finding?.severity).toBe(severity);
    expect(finding?.summary ?? "").toContain(words);
  }
});

describe("who is believed", () => {
  const [early, late] = [now + 10 * day, now + 200 * day];
  test.each<[string, Partial<RegistrationSeen>, number | undefined, string | null, number | null]>([
    [
      "the registry, while it answers",
      { seenExpiresAt: late, seenAt: now - day, toldExpiresAt: early },
      early,
      "registry",
      late,
    ],
    [
      "a word by hand, when it has not for a month",
      { seenExpiresAt: early, seenAt: now - 31 * day, toldExpiresAt: late },
      early,
      "operator",
      late,
    ],
    ["the setting, where nothing else is known", {}, early, "setting", early],
    [
      "an old answer, where there is nothing better",
      { seenExpiresAt: late, seenAt: now - 31 * day },
      undefined,
      "registry",
      late,
    ],
    ["nobody", {}, undefined, null, null],
  ])("%s", (_title, seen, setting, source, expiresAt) => {
    expect(known(seen, setting)).toMatchObject({ source, expiresAt });
  });
});

describe("what is unknown", () => {
  test.each<[string, Partial<RegistrationSeen>, string[]]>([
    ["is not told at once", { createdAt: now - 13 * day, problem: "timeout" }, []],
    ["is told after a fortnight", { createdAt: now - 15 * day, problem: "timeout" }, ["low RegistrationUnknown"]],
    [
      "also when a registry has fallen silent",
      { seenAt: now - 15 * day, seenExpiresAt: now + 99 * day },
      ["low RegistrationUnknown"],
    ],
    ["not when somebody said it by hand", { createdAt: 0, toldAt: 1, toldExpiresAt: now + 99 * day }, []],
    [
      "and an end that was known counts on",
      { seenAt: now - 40 * day, seenExpiresAt: now + day },
      ["critical RegistrationEnds", "low RegistrationUnknown"],
    ],
  ])("%s", (_title, seen, expected) => {
    expect(told(seen)).toEqual(expected);
  });

  test("says why, and what to do", () => {
    const [finding] = registrationFindings(known({ createdAt: 0, problem: "it answers 500" }), now);
    expect(finding?.evidence.join()).toContain("it answers 500");
    expect(finding?.remedy).toContain("chancery domain registration held.example --registration-expires DATE");
  });
});
