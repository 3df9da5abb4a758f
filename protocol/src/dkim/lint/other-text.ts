import type { KeyFinding, Mistake } from "./finding.ts";

/** Texts of other kinds that end up at key names, by how they look. The first row that fits is told. */
const rows: readonly { mistake: Mistake; looks: RegExp; problem: string; remedy: string }[] = [
  {
    mistake: "spf-text",
    looks: /^v=spf1\b/i,
    problem: "this is an SPF record, not a key record",
    remedy: "publish the key record here; SPF belongs at the domain itself",
  },
  {
    mistake: "dmarc-text",
    looks: /^v=DMARC1\b/i,
    problem: "this is a DMARC record, not a key record",
    remedy: "publish the key record here; DMARC belongs at _dmarc below the domain",
  },
  {
    mistake: "other-version",
    looks: /^v=(?:BIMI1|STSv1|TLSRPTv1|ARC)/i,
    problem: "this is a record of another standard, not a key record",
    remedy: "publish the key record here, and that record at the name that its own standard says",
  },
  {
    mistake: "policy-text",
    looks: /^o=[-~!]/i,
    problem: "this is a DomainKeys policy of before 2007, not a key record",
    remedy: "publish the key record here; nobody reads that policy any more",
  },
  {
    mistake: "verification-text",
    looks: /^[a-z0-9-]+(?:-site|-domain)?-verification[=:]|^(?:MS|ZOOM_verify_|apple-domain)[=_-]/i,
    problem: "this is a proof of ownership for some service, not a key record",
    remedy: "publish the key record here; move the proof to the name that the service says",
  },
  {
    mistake: "name-as-text",
    looks: /^[a-z0-9_.-]*_domainkey(?:\.[a-z0-9_-]+)*\.?$/i,
    problem: "this is the name of a key record where its content belongs",
    remedy: "put the name into the name field, and the key record (v=DKIM1; …) into the value field",
  },
  {
    mistake: "alias-as-text",
    looks: /^(?:CNAME\s+)?(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+\.?$/i,
    problem: "this is a host name: the target of an alias, published as TXT",
    remedy: "remove the TXT record, and make a record of type CNAME with this target at the same name",
  },
  {
    mistake: "address-as-text",
    looks: /^(?:https?:\/\/|mailto:)/i,
    problem: "this is an address of the web, not a key record",
    remedy: "open it, and publish the key record that it shows",
  },
  {
    mistake: "placeholder",
    looks: /^(?:<[^>]*>|\[[^\]]*\]|your[ _-].*|TODO.*|xxx+)$/i,
    problem: "this is a placeholder where the key record belongs",
    remedy: "publish the key record that the sender gave you",
  },
  { mistake: "empty", looks: /^$/, problem: "the record is empty", remedy: "publish the key record" },
];

/** What a text is that is no key record; undefined when no row knows it and it may be meant as one. */
export function otherText(text: string, meansKey: boolean): KeyFinding | undefined {
  const row = rows.find(({ looks }) => looks.test(text));
  if (row === undefined && meansKey) return undefined;
  return {
    code: "NoKeyRecord",
    severity: "high",
    mistake: row?.mistake ?? "other-text",
    problem: row?.problem ?? "this is no key record",
    remedy: row?.remedy ?? "publish the key record (v=DKIM1; k=…; p=…), or check selector and domain for a slip",
  };
}
