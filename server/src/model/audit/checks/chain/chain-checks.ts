import { type Check, type CheckOutcome, needsEvidence, outcomeOf } from "../../check.ts";
import type { Expectations } from "../../expectations.ts";
import type { FindingCode } from "../../finding-codes.ts";
import { branchAnswers } from "./branch-answers.ts";
import { findingsAt } from "./findings-at.ts";
import { keyNamesOf } from "./key-names-of.ts";
import { keyOld } from "./key-old.ts";
import { keyRepeated } from "./key-repeated.ts";
import { selectorForgotten } from "./selector-forgotten.ts";
import { selectorsNeeded } from "./selectors-needed.ts";
import { singleSelector } from "./single-selector.ts";
import { ttlSuitable } from "./ttl.ts";
import { wildcardInTheWay } from "./wildcard.ts";

/** What holds at every key name, and the codes that say that it does not. `needs`: what has to be said first, if it is not. */
const rows: readonly {
  name: string;
  title: string;
  codes: readonly FindingCode[];
  needs?: (expectations: Expectations) => string | undefined;
}[] = [
  { name: "key-name-answers", title: "DNS answers for every key name", codes: ["Undetermined"] },
  { name: "key-name-has-record", title: "A record is at every key name in use", codes: ["NoKeyRecord"] },
  { name: "owner-name-exact", title: "No record stands at a wrong name", codes: ["WrongHost"] },
  {
    name: "alias-as-expected",
    title: "Every alias leads where it should",
    codes: ["CnameMissing", "CnameMismatch"],
    needs: ({ targets }) =>
      isEmpty(targets) ? "the targets that the sender gave you (--expect SELECTOR=TARGET)" : undefined,
  },
  { name: "alias-alone", title: "No other data stands beside an alias", codes: ["ConflictingRecords"] },
  { name: "alias-not-flattened", title: "No provider's key is a copy", codes: ["Flattened"] },
  { name: "chain-ends", title: "No chain returns to itself", codes: ["AliasLoop"] },
  { name: "chain-short", title: "No chain is longer than three aliases", codes: ["AliasChainTooLong"] },
  { name: "target-there", title: "Something is behind every alias", codes: ["TargetMissing"] },
  { name: "one-record", title: "One record is at the end of each chain", codes: ["MultipleKeyRecords"] },
  { name: "record-readable", title: "Every key record can be read", codes: ["KeyMalformed"] },
  { name: "key-usable", title: "Every key may be used for mail", codes: ["KeyUnusable"] },
  { name: "key-not-revoked", title: "No key in use is revoked", codes: ["KeyRevoked"] },
  { name: "key-strong", title: "Every key is strong", codes: ["KeyWeak"] },
  { name: "key-secret", title: "No private key is published", codes: ["PrivateKeyPublished"] },
  {
    name: "key-as-expected",
    title: "Every key is the one expected",
    codes: ["KeyMismatch"],
    needs: ({ fingerprints }) => (isEmpty(fingerprints) ? "the keys that sign (--expect SELECTOR=KEY)" : undefined),
  },
  { name: "key-in-earnest", title: "No key is marked as a test", codes: ["KeyTesting"] },
  { name: "record-usual", title: "Every key record is written as usual", codes: ["KeyUnusual"] },
  {
    name: "retired-providers",
    title: "No provider that is no longer used has a selector",
    codes: ["ProviderCanStillSign", "RetiredProviderSelector"],
    needs: ({ retiredProviders }) =>
      retiredProviders.length === 0 ? "the providers no longer used (--retired PROVIDER)" : undefined,
  },
];

const isEmpty = (said: object): boolean => Object.keys(said).length === 0;

const rowChecks = rows.map(({ name, title, codes, needs }): Check => ({
  name,
  title,
  codes,
  look: (evidence, context): CheckOutcome => {
    const seen = keyNamesOf(evidence, context);
    const needed = seen.length === 0 ? selectorsNeeded : needs?.(evidence.expectations);
    if (needed !== undefined) return needsEvidence(needed);
    return outcomeOf(seen.flatMap(findingsAt).filter(({ code }) => codes.includes(code)));
  },
}));

export const chainChecks: readonly Check[] = [
  ...rowChecks,
  branchAnswers,
  selectorForgotten,
  wildcardInTheWay,
  keyRepeated,
  singleSelector,
  keyOld,
  ttlSuitable,
];
