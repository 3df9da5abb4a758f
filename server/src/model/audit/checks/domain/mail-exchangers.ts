import { parseIpv4 } from "chancery/dns";
import { type AuditContext, type AuditFinding, doesNotApply } from "../../check.ts";
import type { Exchange } from "../../evidence/domain.ts";
import { takeoverRisk } from "../../takeover.ts";
import { mailUse } from "./mail-use.ts";
import { type PostureEvidence, postureCheck, unanswered } from "./posture-check.ts";
import { tell } from "./tell.ts";

/** Whether mail for the domain finds its hosts (RFC 5321 §5.1, RFC 2181 §10.3, RFC 7505). */
export const mailExchangers = postureCheck({
  name: "mail-exchangers",
  title: "Mail for the domain finds its hosts",
  codes: ["MxUnresolvable", "MxIsAlias", "NullMxMixed"],
  needs: "apex",
  look: (evidence, context) => {
    const { mx } = evidence.posture;
    if (mx.state === "unknown") return unanswered;
    if (mx.state === "absent") return doesNotApply;
    return [...nullMx(evidence, mx.values), ...mx.values.flatMap((exchange) => faultOf(evidence, exchange, context))];
  },
});

function nullMx(evidence: PostureEvidence, exchanges: readonly Exchange[]): AuditFinding[] {
  const { domain } = evidence;
  if (!exchanges.some(({ host }) => host === ".")) return [];
  const finding = (summary: string, seen: readonly string[], remedy: string): AuditFinding[] => [
    tell({
      code: "NullMxMixed",
      severity: "low",
      at: domain,
      type: "MX",
      summary,
      evidence: [...exchanges.map(shown(domain)), ...seen],
      remedy,
    }),
  ];
  if (exchanges.length > 1)
    return finding(
      "a null MX says that the domain takes no mail, and other exchangers stand beside it",
      [],
      "remove the null MX if the domain takes mail, else the others",
    );
  const { use, signs } = mailUse(evidence);
  return use === "sends"
    ? finding(
        "a null MX says that the domain takes no mail, and the domain sends: receivers may refuse what they cannot answer",
        signs,
        "publish an exchanger that takes bounces and replies",
      )
    : [];
}

function faultOf({ domain, dns, posture }: PostureEvidence, exchange: Exchange, context: AuditContext): AuditFinding[] {
  const { host, addresses, registration } = exchange;
  if (host === "." || addresses.state === "unknown") return [];
  const seen = shown(domain)(exchange);
  const also = [
    [host, "A"],
    [host, "AAAA"],
  ] as [string, "A"][];
  if (addresses.aliases.length > 0 && addresses.state === "present")
    return [
      tell({
        code: "MxIsAlias",
        severity: "low",
        at: domain,
        type: "MX",
        also,
        summary: `the exchanger ${host} is an alias, and some senders do not follow it`,
        evidence: [seen, `${host} → ${addresses.aliases.join(" → ")}`],
        remedy: `let the MX name ${addresses.aliases.at(-1) ?? ""} itself, or give ${host} addresses of its own`,
      }),
    ];
  if (addresses.state === "present") return [];
  // A file of one's own zone need not hold the hosts of others.
  const isOwn = posture.registrableDomain !== undefined && `.${host}`.endsWith(`.${posture.registrableDomain}`);
  if (dns === "file" && !isOwn && registration !== "exists") return [];
  const isAddress = parseIpv4(host) !== undefined;
  const isOpen = takeoverRisk({ ...exchange, name: host }, context.isProviderName) === "open";
  return [
    tell({
      code: "MxUnresolvable",
      severity: "medium",
      at: domain,
      type: "MX",
      also,
      summary: isAddress
        ? `the exchanger ${host} is an address, where a host name belongs`
        : `the exchanger ${host} has no address${isOpen ? ", and nobody has registered its domain: whoever does gets your mail" : ""}`,
      evidence: [seen, `${host}: ${addresses.cause === "no-such-name" ? "no such name" : "neither A nor AAAA"}`],
      remedy: isAddress
        ? "give the host a name with an A record, and let the MX name it"
        : "publish its address, or remove the MX record",
    }),
  ];
}

const shown =
  (domain: string) =>
  ({ preference, host }: Exchange): string =>
    `${domain} MX ${preference} ${host}`;
