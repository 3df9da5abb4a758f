import type { SpfTree } from "chancery/policy";
import type { PolicySource } from "chancery/dmarc";
import type { RelyingName } from "../takeover.ts";

/**
 * What the DNS says to one question. `aliases`: the names that the answer came through, in order. An unknown answer is not an
 * absent one; `reason` is the resolver's word for it.
 */
export type Answer<T> = { aliases: readonly string[] } & (
  | { state: "present"; values: readonly T[] }
  | { state: "absent"; cause: "no-such-name" | "no-record" }
  | { state: "unknown"; reason: string }
);

export type Existence = RelyingName["registration"];

/** The records of a domain around DKIM. TXT values are whole texts, their strings joined. */
export type DomainEvidence = {
  /**
   * What can be seen at all. A file that lists nothing at the domain itself shows neither SPF nor MX, and one that lists no
   * `_dmarc` either shows no DMARC: what is not there was not left out.
   */
  shown: { apex: boolean; dmarc: boolean };
  /** The part of the domain that somebody registered; undefined where no list says. */
  registrableDomain: string | undefined;
  dmarc: DmarcEvidence;
  spf: SpfTree;
  mx: Answer<Exchange>;
  /** A and AAAA of the domain itself, where mail goes without MX. */
  addresses: Answer<string>;
  mtaSts: MtaStsEvidence;
  /** TXT at `_smtp._tls.<domain>`. */
  tlsRpt: Answer<string>;
  /** TXT at `default._bimi.<domain>`, or of the registrable domain where there is none; `name` says which. */
  bimi: { name: string; answer: Answer<string> };
  /** DS at the domain or, below a zone cut, at its registrable domain; `name` says which. */
  ds: { name: string; answer: Answer<string> };
  /** TXT at `*._domainkey.<domain>`: parked domains revoke every selector there. */
  wildcardKey: Answer<string>;
  /** Reverse names of the addresses that mail was seen to come from. Absent: no such address is known, or nothing can be shown. */
  reverse?: readonly ReverseSeen[];
  /** Answers of the DNS lists that the caller named. Absent: none was named. */
  listings?: readonly Listing[];
  /** Names of others that the records rely on. */
  relied: readonly ReliedOn[];
};

export type DmarcEvidence = {
  /** What stands at `_dmarc.` of each domain that was asked, in order; the first is the audited domain. */
  asked: readonly { domain: string; answer: Answer<string> }[];
  /** Whose record applies by RFC 9989. */
  applies:
    | { state: "present"; domain: string; source: PolicySource; text: string }
    | { state: "absent" }
    | { state: "unknown" };
  /** By the tree walk; undefined where a name on the way gave no answer. */
  organizationalDomain: string | undefined;
  /** The answer of RFC 7489 and the public suffix list. `policyDomain` is undefined where there is no record. */
  listed: { organizationalDomain: string; policyDomain: string | undefined } | "unknown";
  /** Whether the audited domain exists: `np=` is for those that do not. */
  exists: Existence;
  /** Policy records at usual wrong names. Looked for only where nothing applies. */
  misplaced: readonly { name: string; mistake: string; text: string }[];
  /** Policy records that a wildcard gives to names that nobody made up. `owner` is the name of the wildcard. */
  wildcards: readonly { owner: string; text: string }[];
  /** Where reports go. `authorisation` is TXT at `<policy domain>._report._dmarc.<host>`; absent: the host needs none. */
  destinations: readonly {
    tag: "rua" | "ruf";
    uri: string;
    host: string;
    authorisation?: { name: string; answer: Answer<string> };
  }[];
};

/** One mail exchanger. `host` is `.` in a null MX (RFC 7505). */
export type Exchange = Pick<RelyingName, "registrableDomain" | "registration"> & {
  preference: number;
  host: string;
  addresses: Answer<string>;
};

export type MtaStsEvidence = {
  /** TXT at `_mta-sts.<domain>`. */
  record: Answer<string>;
  /** Addresses of `mta-sts.<domain>`. */
  host: Answer<string>;
  /** The policy file. Absent: nothing was fetched. */
  policy?: PolicyFetched;
};

/**
 * What came of fetching the policy file (RFC 8461 §3.3). `refused`: senders that see the same have no policy, `problem` says
 * why; `unknown`: nobody can say, the host was not reached.
 */
export type PolicyFetched =
  | { state: "fetched"; text: string }
  | { state: "refused"; problem: string }
  | { state: "unknown"; reason: string };

/** `confirmed`: one of the names leads back to the address. */
export type ReverseSeen = { address: string; names: Answer<string>; confirmed: "yes" | "no" | "unknown" };

/** What a DNS list says. `subject`: an address or a domain. */
export type Listing = { zone: string; subject: string; answer: "listed" | "not-listed" | "unknown"; detail: string };

/** A name of others that a record relies on. `role`: what the record is for. `statement`: where it stands, as a phrase. */
export type ReliedOn = RelyingName & {
  role: "spf" | "dmarc" | "rua" | "ruf" | "mta-sts" | "tls-rpt" | "bimi";
  /** Owner of the record that names it. */
  owner: string;
  statement: string;
};
