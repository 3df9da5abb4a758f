import type { Fault, Scenario } from "./fault.ts";

const providerAlias = "s1._domainkey CNAME s1.dkim.provider.example.";

/** The eight ways in which a delegation fails (docs/delegation-failures.md), in that order. */
const faults: readonly Fault[] = [
  {
    label: "not-signing",
    shows: "the alias is there, and the provider signs with another selector",
    records: ({ own }) => `${providerAlias}\nown._domainkey ${own.record}`,
    options: ["--selector", "s1"],
    mail: { signedBy: "own", signingDomain: "not-signing.example", selector: "own" },
    code: "SelectorNotSigning",
  },
  {
    label: "wrong-d",
    shows: "the provider signs as itself: d= is not the domain in From",
    records: () => providerAlias,
    options: ["--selector", "s1"],
    mail: { signedBy: "provider", signingDomain: "provider.example", selector: "mail" },
    code: "NotAligned",
  },
  {
    label: "no-target",
    shows: "the alias leads to a name that the provider does not have",
    records: () => "s1._domainkey CNAME forgotten.dkim.provider.example.",
    options: ["--selector", "s1"],
    code: "TargetMissing",
  },
  {
    label: "retired",
    shows: "a provider that is not used any more has left its selector",
    records: ({ own }) => `own._domainkey ${own.record}\ns1._domainkey CNAME forgotten.dkim.provider.example.`,
    options: ["--selector", "own", "--selector", "s1", "--retired", "provider.example"],
    code: "RetiredProviderSelector",
  },
  {
    label: "conflict",
    shows: "an alias stands beside a key: one server gives the one, one the other",
    records: () => providerAlias,
    second: ({ other }) => `s1._domainkey ${other.record}`,
    options: ["--selector", "s1"],
    code: "ConflictingRecords",
  },
  {
    label: "wrong-host",
    shows: "the form added the domain to a name that had it already",
    records: () => "s1._domainkey.wrong-host.example CNAME s1.dkim.provider.example.",
    options: ["--selector", "s1"],
    code: "WrongHost",
  },
  {
    label: "disagree",
    shows: "a resolver still has the key of before, for longer than the TTL allows",
    records: ({ own }) => `s1._domainkey ${own.record}`,
    heldByStaleResolver: ({ other }) => `s1._domainkey 86400 ${other.record}`,
    options: ["--selector", "s1", "--resolver", "{resolver}", "--resolver", "{staleResolver}"],
    code: "ResolversDisagree",
  },
  {
    label: "can-still-sign",
    shows: "a provider that is not used any more can still sign: its chain leads to a sound key",
    records: ({ own }) => `own._domainkey ${own.record}\n${providerAlias}`,
    options: ["--selector", "own", "--selector", "s1", "--retired", "provider.example"],
    code: "ProviderCanStillSign",
  },
];

export const delegationFaults: Scenario = {
  name: "delegation-faults",
  shows: "the eight ways in which a delegation fails, each found by an audit",
  faults,
};
