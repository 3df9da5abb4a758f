import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { publicKeyText, startSigning } from "chancery/dkim";
import { RCODE } from "chancery/dns";
import { octetsOf, splitHeader } from "chancery/mail";
import { afterEach, expect, test, vi } from "vitest";
import { authorityFor, replyTo, startAuthority, type Authority } from "../engine/resolver/test-authority.ts";
import { canaryOf } from "./canary.ts";
import { loadConfig } from "./config.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const address = "127.53.71.1";
const p = publicKeyText(createPublicKey(privateKey));
const zone = authorityFor({
  "a.example": `@ 60 SOA ns h 1 1 1 1 1\n@ NS ns\nns A ${address}\ns1._domainkey TXT "v=DKIM1; k=ed25519; p=${p}"`,
});

let resolver: Authority | undefined;
afterEach(() => resolver?.close());

test.each([
  ["s1", "debug", "a signature of ours verifies", { result: "pass" }],
  ["s2", "error", "a signature of ours does not verify", { result: "permerror", reason: "key-not-found" }],
  ["s3", "warn", "a signature of ours could not be checked", { result: "temperror" }],
] as const)(
  "DKIM-S-27 under the selector %s a signature is logged as %s: %s",
  async (selector, level, said, finding) => {
    resolver = await startAuthority([address], ({ name, query }) =>
      name.startsWith("s3") ? replyTo(query, { rcode: RCODE.SERVFAIL }) : zone(query),
    );
    const { config } = loadConfig({
      environment: { CHANCERY_RESOLVER_SERVERS: `${address}:${resolver.port}` },
      options: {},
    });
    const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() };
    const header = splitHeader(octetsOf("From: x@a.example\r\n"));
    if (!header.ok) throw new Error(header.problem);
    const keys = [{ signingDomain: "a.example", selector, privateKey }];
    const signer = startSigning(header.value, { keys, now: 1 });
    await canaryOf(() => config, log)
      .watch(signer, header.value, ["key_1"], 1)
      .finish();
    await vi.waitFor(() => expect(log[level]).toHaveBeenCalledOnce(), 5000);
    expect(log[level]).toHaveBeenCalledWith(expect.objectContaining({ keyId: "key_1", selector, ...finding }), said);
  },
  30_000,
);
