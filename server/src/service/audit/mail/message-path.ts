import { BlockList, isIPv6 } from "node:net";
import { fieldValue, parseDomain, trimFws, type HeaderField } from "chancery/mail";
import { smtpFactsIn } from "../../../engine/mail-authentication/received-facts.ts";
import type { SmtpFacts } from "../../../engine/mail-authentication/spf.ts";
import type { SeenPath } from "../../../model/audit/evidence/mail.ts";

/**
 * The way that a message came, as its last receiver wrote it. Received fields within one organization stand above the one that
 * names the sender's server: the first client whose address is not a private one is taken for it.
 */
export function pathOf(header: readonly HeaderField[]): { path: SeenPath; smtp: SmtpFacts | undefined } {
  const smtp = publicClient(header);
  const returnPath = returnPathOf(header);
  return {
    path: { returnPath, client: smtp?.helo && shown(smtp.helo), clientIp: smtp?.ip },
    // Without MAIL FROM only HELO could be checked, which DMARC does not count.
    smtp: smtp?.mailFrom === undefined ? undefined : smtp,
  };
}

/** How many Received fields are looked at from the top. */
const receivedMax = 20;

function publicClient(header: readonly HeaderField[]): SmtpFacts | undefined {
  const returnPath = header.filter(({ lowerName }) => lowerName === "return-path");
  const received = header.filter(({ lowerName }) => lowerName === "received").slice(0, receivedMax);
  for (const field of received) {
    const facts = smtpFactsIn([...returnPath, field]);
    if (facts !== undefined && !isPrivate(facts.ip)) return facts;
  }
  return undefined;
}

/** Addresses within a site: RFC 1918, 6598, 3927, 4193, 4291. */
const privateNetworks = new BlockList();
for (const [address, bits] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  privateNetworks.addSubnet(address, bits, "ipv4");
for (const [address, bits] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  privateNetworks.addSubnet(address, bits, "ipv6");
const isPrivate = (ip: string): boolean => privateNetworks.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");

function returnPathOf(header: readonly HeaderField[]): string | undefined {
  const field = header.find(({ lowerName }) => lowerName === "return-path");
  const address = field && /^<([^<>\s]*)>$/.exec(trimFws(fieldValue(field)))?.[1];
  if (address === undefined || address === "") return address;
  const domain = parseDomain(address.slice(address.lastIndexOf("@") + 1));
  return domain.ok ? domain.value : undefined;
}

const shown = (text: string): string => text.replace(/[^!-~]+/g, "?").slice(0, 255);

/** Epoch seconds: when the last receiver took it (behind the last `;` of the topmost Received), else what Date says. */
export function timeOf(header: readonly HeaderField[]): { received: number | undefined; at: number | undefined } {
  const top = header.find(({ lowerName }) => lowerName === "received");
  const received = top && secondsIn(top.raw.slice(top.raw.lastIndexOf(";") + 1));
  const date = header.find(({ lowerName }) => lowerName === "date");
  return { received, at: received ?? (date && secondsIn(fieldValue(date))) };
}

function secondsIn(text: string): number | undefined {
  const milliseconds = Date.parse(
    text
      .slice(0, 200)
      .replace(/\([^()]*\)/g, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}
