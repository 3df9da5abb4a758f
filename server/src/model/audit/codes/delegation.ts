import type { CodeRow } from "./code-row.ts";

/** What name servers and vantage points can show. */
export const delegationCodes = {
  LameDelegation: {
    severity: "high",
    meaning: "a listed name server does not answer with authority",
    symptoms: "Look-ups are slow, and fail when the other servers are not reached.",
  },
  ParentMismatch: {
    severity: "medium",
    meaning: "the parent and the zone itself list different name servers",
    symptoms: "Some receivers see old records, depending on which server they ask.",
  },
  ResolversDisagree: {
    severity: "medium",
    meaning: "vantage points see different answers beyond what TTLs explain",
    symptoms: "Mail passes at some receivers and fails at others.",
  },
  OldAnswersCached: {
    severity: "info",
    meaning: "a change is on its way: some resolvers have the old answer for as long as its TTL allows",
    symptoms: "Until the time given, receivers see the old key or the new one, depending on their resolver.",
  },
  SerialsDiffer: {
    severity: "low",
    meaning: "a name server has an older version of the zone, and says the same of every name asked for",
    symptoms: "None yet: the next change reaches some receivers and not others.",
  },
  NsUnusable: {
    severity: "medium",
    meaning: "a listed name server is an alias, an address, without address, or has a private address",
    symptoms: "Resolvers skip that server: look-ups are slower, and fail when the other servers are not reached.",
  },
  GlueStale: {
    severity: "medium",
    meaning: "the parent gives other addresses for a name server than the zone itself",
    symptoms: "Resolvers that come by the parent ask the wrong machine: look-ups are slow or fail.",
  },
  ServerAddressDead: {
    severity: "medium",
    meaning: "a name server that answers elsewhere keeps silent at one of its addresses",
    symptoms: "Look-ups through that address wait, then try another.",
  },
  FewServers: {
    severity: "low",
    meaning: "a zone has one name server, or all of them in one network",
    symptoms: "None until it fails: then no receiver finds any key.",
  },
  OccludedRecords: {
    severity: "medium",
    meaning: "records stand below a delegation, where no resolver sees them",
    symptoms: "Mail signed with those selectors fails DKIM since the delegation was made.",
  },
  AnswerTooLarge: {
    severity: ["medium", "low"],
    meaning: "an answer does not fit into 1232 octets of UDP (medium where TCP fails there too)",
    symptoms: "Receivers behind firewalls that let no DNS over TCP through find no key.",
  },
  TcpBlocked: {
    severity: "medium",
    meaning: "a name server answers over UDP and not over TCP",
    symptoms: "Long keys are not found by receivers whose UDP answers are truncated.",
  },
} satisfies Record<string, CodeRow>;
