/** What speaks for and against a delegation method wherever it is used. The nine of the documentation, built or not. */
export type MethodCard = {
  /** What the customer does, once and later. */
  work: string;
  /** Who can change keys, and what else comes with it. */
  control: string;
  /** What it takes to leave. */
  portability: string;
  /** What the world sees of the arrangement. */
  visible: string;
};

export const methodCards = {
  "ns-subdomain": {
    work: "NS records for a sending subdomain, once",
    control: "we: keys, SPF, bounces, tracking, every record of the subdomain; the customer: everything else",
    portability: "a new provider takes the NS records over; every record of the subdomain has to be made there",
    visible: "our name servers, for the subdomain",
  },
  "ns-domainkey": {
    work: "NS records for _domainkey, once; selectors of other vendors are taken over before",
    control: "we: every selector of the domain, of other vendors too; nothing else",
    portability: "the NS records go, and every selector in use comes back as a record of its own",
    visible: "our name servers, for every selector",
  },
  "ns-branch": {
    work: "NS records for one name below _domainkey, once",
    control: "we: the selectors of the branch; other vendors stay untouched",
    portability: "the NS records go; nothing else depends on them",
    visible: "our name servers, for the branch; selectors with a dot in them",
  },
  "cname-ring": {
    work: "three CNAME records, once",
    control: "we: the keys behind three names; nothing else",
    portability: "the CNAME records go, or lead to another provider",
    visible: "names of ours behind the aliases",
  },
  "cname-series": {
    work: "a batch of CNAME records, and another batch before it is used up",
    control: "we: the keys behind the batch, until it is used up",
    portability: "the CNAME records go",
    visible: "names of ours behind the aliases; dates in the selectors",
  },
  "cname-chain": {
    work: "CNAME records, once",
    control: "an upstream provider: the keys; we: where the aliases lead",
    portability: "we move the alias; nothing changes at the customer",
    visible: "our name and the upstream's, one behind the other",
  },
  txt: {
    work: "a TXT record for each key, again at every rotation",
    control: "the customer: every change waits for them",
    portability: "nothing of ours is in the way",
    visible: "nothing of ours: only a key",
  },
  "third-party-domain": {
    work: "none",
    control: "we: everything; the customer proves nothing and decides nothing",
    portability: "nothing to take along",
    visible: "another domain signs: DMARC does not align",
  },
  "customer-key": {
    work: "makes the key pair, hands it over safely, and makes the next one",
    control: "the customer: the key; we: signing with it",
    portability: "the key goes on elsewhere",
    visible: "nothing of ours: only a key",
  },
} as const satisfies Record<string, MethodCard>;
