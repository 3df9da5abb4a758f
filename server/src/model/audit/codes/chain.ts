import type { CodeRow } from "./code-row.ts";

/** What can be wrong between a key name and the key. */
export const chainCodes = {
  CnameMissing: {
    severity: "high",
    meaning: "an alias that should be there is absent",
    symptoms:
      "Mail signed with this selector fails DKIM at every receiver, or the provider refuses to switch signing on.",
  },
  CnameMismatch: {
    severity: "high",
    meaning: "the alias points elsewhere than expected",
    symptoms: "Receivers find another key than the one that signs: the signature fails.",
  },
  TargetMissing: {
    severity: "high",
    meaning: "an alias is there and nothing behind it",
    symptoms: "Receivers say that no key was found for the signature: DKIM permerror.",
  },
  NoKeyRecord: {
    severity: "high",
    meaning: "no TXT and no alias at a key name that is used or expected",
    symptoms: "Receivers say that no key was found for the signature: DKIM permerror.",
  },
  KeyRevoked: {
    severity: ["high", "low"],
    meaning: "the key record says that the key is revoked (`p=` is empty)",
    symptoms: "Every signature made with this selector fails, old mail included.",
  },
  KeyMalformed: {
    severity: "high",
    meaning: "a text meant as a key cannot be read",
    symptoms: "Receivers say that the key record has a syntax error: DKIM permerror.",
  },
  KeyWeak: {
    severity: ["critical", "low"],
    meaning: "the key is too short, or is known to be broken",
    symptoms: "Receivers ignore signatures made with keys under 1024 bits; whoever breaks the key signs as you.",
  },
  KeyMismatch: {
    severity: "high",
    meaning: "a sound key, not the expected one",
    symptoms: "Signatures made with the expected key fail.",
  },
  MultipleKeyRecords: {
    severity: "high",
    meaning: "two or more texts at one key name",
    symptoms: "Which of them a receiver takes is undefined: some of your mail fails, at random.",
  },
  ConflictingRecords: {
    severity: "high",
    meaning: "an alias beside other records at one name",
    symptoms: "Resolvers disagree on what the name holds: mail passes at some receivers and fails at others.",
  },
  WrongHost: {
    severity: "high",
    meaning: "nothing at the right name, the record at a usual wrong one",
    symptoms: "Receivers say that no key was found, although the record was published.",
  },
  WildcardInTheWay: {
    severity: "medium",
    meaning: "a selector that nobody made up answers too",
    symptoms: "Missing keys look like malformed ones, and removed selectors seem to be there still.",
  },
  Flattened: {
    severity: "medium",
    meaning: "the provider's key, but copied as a text instead of an alias",
    symptoms: "Mail passes today and fails on the day the provider rotates its key.",
  },
  AliasLoop: {
    severity: "high",
    meaning: "the chain of aliases returns to itself",
    symptoms: "Resolvers answer SERVFAIL: DKIM temperror or no key.",
  },
  AliasChainTooLong: {
    severity: ["high", "low"],
    meaning: "more than 3 aliases (low), more than 8 (high)",
    symptoms: "Some resolvers give up before they reach the key; each alias is one more thing that can fail.",
  },
  TakeoverRisk: {
    severity: "critical",
    meaning: "a name on the way that someone else could register or claim",
    symptoms: "None yet: whoever takes the name can sign mail as you.",
  },
  KeyOld: {
    severity: "low",
    meaning: "the key is unchanged beyond the policy",
    symptoms: "None today: the longer a key lives, the more mail a stolen copy can forge.",
  },
  KeyRepeated: {
    severity: "low",
    meaning: "two selectors of the domain lead to one key",
    symptoms: "None until the key is rotated: then mail signed with the other selector fails.",
  },
  SingleSelector: {
    severity: ["low", "info"],
    meaning: "there is one selector alone: an alias (low), or a text, beside which the owner can put another (info)",
    symptoms: "None until the key is rotated: mail that is on its way then fails.",
  },
  TtlUnsuitable: {
    severity: "low",
    meaning: "a record of the owner's is remembered for more than a day, or for less than a minute",
    symptoms: "Changes are seen late at some receivers; or look-ups fail more often than they need to.",
  },
  KeyTesting: {
    severity: "medium",
    meaning: "the key record says that it is a test (`t=y`)",
    symptoms: "Receivers may treat signed mail as if it were unsigned.",
  },
  KeyUnusable: {
    severity: ["high", "low", "info"],
    meaning: "a record that reads well and that no verifier of ordinary mail may use",
    symptoms: "Receivers say that the key does not fit: DKIM permerror.",
  },
  KeyUnusual: {
    severity: ["low", "info"],
    meaning: "the key works, and differs from what everybody publishes",
    symptoms: "Some verifier may stumble.",
  },
  PrivateKeyPublished: {
    severity: "critical",
    meaning: "the private half of a key stands in DNS",
    symptoms: "Anybody can sign mail as you.",
  },
  Undetermined: {
    severity: "low",
    meaning: "an answer was SERVFAIL, a timeout or lame: nothing can be said",
    symptoms: "Receivers that see the same defer the mail or treat it as unsigned.",
  },
} satisfies Record<string, CodeRow>;
