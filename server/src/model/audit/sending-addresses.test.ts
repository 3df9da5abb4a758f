import { expect, test } from "vitest";
import type { MailEvidence, SeenMessage } from "./evidence/mail.ts";
import { sendingAddresses } from "./sending-addresses.ts";

type Seen = {
  ip?: string;
  spf?: "pass" | "fail";
  spfAligned?: "yes" | "no";
  signed?: { aligned: "yes" | "no"; standing: "pass" | "fail" };
};

/** As much of a message as counts here. */
const message = ({ ip, spf, spfAligned = "no", signed }: Seen): SeenMessage =>
  ({
    path: { clientIp: ip },
    spf: spf && { result: spf, aligned: spfAligned },
    signatures: signed === undefined ? [] : [signed],
  }) as unknown as SeenMessage;
const addresses = (...seen: Seen[]): string[] =>
  sendingAddresses({ messages: seen.map(message) } as unknown as MailEvidence);
const ip = "192.0.2.1";

test.each<[title: string, seen: Seen, counts: boolean]>([
  ["SPF passes and is aligned", { ip, spf: "pass", spfAligned: "yes" }, true],
  [
    "SPF passes for a provider, a signature is aligned",
    { ip, spf: "pass", signed: { aligned: "yes", standing: "pass" } },
    true,
  ],
  ["a forger: SPF passes for the forger's own domain", { ip, spf: "pass" }, false],
  ["a forger with a signature of its own", { ip, spf: "pass", signed: { aligned: "no", standing: "pass" } }, false],
  ["a forged signature", { ip, spf: "pass", signed: { aligned: "yes", standing: "fail" } }, false],
  [
    "a forwarder: the signature passes, SPF does not",
    { ip, spf: "fail", spfAligned: "yes", signed: { aligned: "yes", standing: "pass" } },
    false,
  ],
  ["nothing is known of SPF", { ip, signed: { aligned: "yes", standing: "pass" } }, false],
  ["nothing is known of the address", { spf: "pass", spfAligned: "yes" }, false],
])("%s", (_title, seen, counts) => {
  expect(addresses(seen)).toEqual(counts ? [ip] : []);
});

test("each address once", () => {
  const seen: Seen = { ip, spf: "pass", spfAligned: "yes" };
  expect(addresses(seen, { ...seen, ip: "192.0.2.2" }, seen)).toEqual([ip, "192.0.2.2"]);
});
