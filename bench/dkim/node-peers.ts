// Ours, and the peers that run in this process.
import { createRequire } from "node:module";
import { sign, verify } from "chancery/dkim";
import { domain, pems, privateKeys, records, selectors, signedFields, type Algorithm } from "./message.ts";
import type { Verb } from "./child-peer.ts";

export type Work = (message: Buffer) => Promise<unknown>;

const require = createRequire(import.meta.url);
const { dkimSign } = require("mailauth/lib/dkim/sign") as {
  dkimSign: (message: Buffer, options: object) => Promise<{ signatures: string }>;
};
const { dkimVerify } = require("mailauth/lib/dkim/verify") as {
  dkimVerify: (message: Buffer, options: object) => Promise<{ results: { status: { result: string } }[] }>;
};
const NodemailerDkim = require("nodemailer/lib/dkim") as new (options: object) => {
  sign(message: Buffer): AsyncIterable<Uint8Array>;
};

const recordAt = (name: string): string[][] => [[name.startsWith("r.") ? records.rsa : records.ed25519]];
const resolveTxt = (name: string): Promise<string[][]> => Promise.resolve(recordAt(name));

export const signOptions = (algorithm: Algorithm): Parameters<typeof sign>[1] => ({
  keys: [{ signingDomain: domain, selector: selectors[algorithm], privateKey: privateKeys[algorithm] }],
  headers: signedFields,
  lifetimeSeconds: 604_800,
});

/** What one peer does with a message; undefined when it cannot. */
type Peer = (verb: Verb, algorithm: Algorithm) => Work | undefined;

const ours: Peer = (verb, algorithm) => {
  const options = signOptions(algorithm);
  if (verb === "sign") return (message) => sign(message, options);
  return async (message) => {
    const [verification] = await verify(message, { resolveTxt });
    if (verification?.result !== "pass") throw new Error(`our verifier says ${verification?.reason}`);
  };
};

const mailauth: Peer = (verb, algorithm) => {
  const signatureData = [{ signingDomain: domain, selector: selectors[algorithm], privateKey: pems[algorithm] }];
  const options = { canonicalization: "relaxed/relaxed", headerList: signedFields.join(":"), signatureData };
  if (verb === "sign") return (message) => dkimSign(message, { ...options, algorithm: `${algorithm}-sha256` });
  return async (message) => {
    const { results } = await dkimVerify(message, { resolver: resolveTxt });
    if (results[0]?.status.result !== "pass") throw new Error(`mailauth says ${results[0]?.status.result}`);
  };
};

const nodemailer: Peer = (verb, algorithm) => {
  if (verb === "verify" || algorithm === "ed25519") return undefined;
  const key = { domainName: domain, keySelector: selectors[algorithm], privateKey: pems[algorithm] };
  const signer = new NodemailerDkim({ ...key, headerFieldNames: signedFields.join(":") });
  return async (message) => {
    let octets = 0;
    for await (const chunk of signer.sign(message)) octets += chunk.length;
    if (octets <= message.length) throw new Error("nodemailer has not signed");
  };
};

export const nodePeers = { ours, mailauth, nodemailer };
