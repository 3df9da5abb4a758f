import { parseBimiRecord, parseTlsRptRecord, spfTrees, type SpfTree } from "chancery/policy";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import type { Answer, DomainEvidence, ReliedOn } from "../../../model/audit/evidence/domain.ts";
import { registrableDomainOf } from "../registrable-domain.ts";
import type { Ask } from "./ask.ts";

type Named = Pick<ReliedOn, "role" | "name" | "owner" | "statement">;

/** More names are not looked at. */
const namesMax = 100;

/** Every name of others that the records rely on, and whether its registrable domain exists. Each name once for each role. */
export async function gatherRelied(
  domain: string,
  seen: Pick<DomainEvidence, "dmarc" | "spf" | "mtaSts" | "tlsRpt" | "bimi">,
  ask: Ask,
): Promise<ReliedOn[]> {
  const own = registrableDomainOf(domain);
  const named = new Map<string, Named>();
  for (const one of [
    ...inSpf(seen.spf),
    ...inDmarc(seen.dmarc),
    ...inMtaSts(domain, seen),
    ...inReportsAndLogo(domain, seen),
  ])
    named.set(`${one.role} ${one.name}`, named.get(`${one.role} ${one.name}`) ?? one);
  const others = [...named.values()]
    .map((one) => ({ ...one, registrableDomain: registrableDomainOf(one.name) }))
    .filter(({ registrableDomain }) => registrableDomain === undefined || registrableDomain !== own);
  return inParallel(others.slice(0, namesMax), async (one) => ({
    ...one,
    registration: one.registrableDomain === undefined ? "exists" : await ask.existence(one.registrableDomain),
  }));
}

function inSpf(spf: SpfTree): Named[] {
  return spfTrees(spf).flatMap((tree) =>
    tree.state !== "present"
      ? []
      : tree.terms.flatMap(({ name, text }) =>
          name === undefined
            ? []
            : [{ role: "spf", name, owner: tree.domain, statement: `the SPF record of ${tree.domain} says ${text}` }],
        ),
  );
}

function inDmarc({ applies, asked, destinations }: DomainEvidence["dmarc"]): Named[] {
  // Only the names that decide: the domain's own, and that of the record that applies.
  const decisive = asked.filter(
    ({ domain }, at) => at === 0 || (applies.state === "present" && domain === applies.domain),
  );
  const owner = applies.state === "present" ? `_dmarc.${applies.domain}` : "";
  return [
    ...decisive.flatMap(({ domain, answer }) => throughAliases("dmarc", `_dmarc.${domain}`, answer)),
    ...destinations.map(({ tag, uri, host }): Named => ({
      role: tag,
      name: host,
      owner,
      statement: `${tag}= at ${owner} is ${uri}`,
    })),
  ];
}

const inMtaSts = (domain: string, { mtaSts }: Pick<DomainEvidence, "mtaSts">): Named[] => [
  ...throughAliases("mta-sts", `_mta-sts.${domain}`, mtaSts.record),
  ...throughAliases("mta-sts", `mta-sts.${domain}`, mtaSts.host),
];

function inReportsAndLogo(domain: string, { tlsRpt, bimi }: Pick<DomainEvidence, "tlsRpt" | "bimi">): Named[] {
  const named: Named[] = [];
  for (const text of tlsRpt.state === "present" ? tlsRpt.values : []) {
    const record = parseTlsRptRecord(text);
    for (const { uri, host } of record.ok ? record.value.rua : []) {
      named.push({
        role: "tls-rpt",
        name: host,
        owner: `_smtp._tls.${domain}`,
        statement: `rua= at _smtp._tls.${domain} is ${uri}`,
      });
    }
  }
  for (const text of bimi.answer.state === "present" ? bimi.answer.values : []) {
    const record = parseBimiRecord(text);
    const uris = record.ok ? [record.value.logo, record.value.evidence] : [];
    for (const place of uris)
      if (place !== undefined)
        named.push({
          role: "bimi",
          name: place.host,
          owner: bimi.name,
          statement: `the record at ${bimi.name} leads to ${place.uri}`,
        });
  }
  return [
    ...named,
    ...throughAliases("bimi", bimi.name, bimi.answer),
    ...throughAliases("tls-rpt", `_smtp._tls.${domain}`, tlsRpt),
  ];
}

const throughAliases = (role: Named["role"], owner: string, { aliases }: Answer<string>): Named[] =>
  aliases.map((name) => ({ role, name, owner, statement: `${owner} is an alias that leads to ${name}` }));
