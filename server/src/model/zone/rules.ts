import { aliasAlone } from "./rules/alias-alone.ts";
import { caa } from "./rules/caa.ts";
import { keyRecord, wildcard } from "./rules/key-record.ts";
import { onePolicy } from "./rules/one-policy.ts";
import { ownerShape } from "./rules/owner-shape.ts";
import { pastedText } from "./rules/pasted-text.ts";
import { spfLookups } from "./rules/spf-lookups.ts";
import { doubledName, glue, noneAlone, targetIsHost } from "./rules/targets.ts";
import { ttls } from "./rules/ttls.ts";
import { soaTimers } from "./rules/soa.ts";
import { dsAtCut, zoneCut } from "./rules/zone-cut.ts";
import type { RuleContext, ZoneProblem, ZoneRule } from "./rule.ts";
import type { ZoneLookup } from "./zone-lookup.ts";

/** Every rule: those of what can be served first, then those of what others make of it. */
export const zoneRules: readonly ZoneRule[] = [
  aliasAlone,
  zoneCut,
  dsAtCut,
  glue,
  targetIsHost,
  noneAlone,
  doubledName,
  ownerShape,
  caa,
  onePolicy,
  spfLookups,
  pastedText,
  keyRecord,
  wildcard,
  soaTimers,
  ttls,
];

/** Without those that read keys, which takes a thousand times as long. */
export const rulesBesideKeys = zoneRules.filter((rule) => rule !== keyRecord && rule !== wildcard);

/** What is wrong at these names. */
export function problemsAt(
  names: Iterable<string>,
  zone: ZoneLookup,
  context: RuleContext,
  rules: readonly ZoneRule[] = zoneRules,
): ZoneProblem[] {
  const problems: ZoneProblem[] = [];
  for (const name of names) {
    const sets = zone.at(name);
    for (const { rule, check } of rules)
      for (const found of check(name, sets, zone, context)) problems.push({ rule, name, ...found });
  }
  return problems;
}
