import { createRequire } from "node:module";
import type { Keys } from "./keys.ts";
import {
  allCanonicalizations,
  anyFieldName,
  selectors,
  signingDomain,
  type Answer,
  type DkimPeer,
  type Signed,
  type SigningOrder,
} from "./peer.ts";

const require = createRequire(import.meta.url);
const { dkimSign } = require("mailauth/lib/dkim/sign") as {
  dkimSign: (message: Buffer, options: object) => Promise<{ signatures: string; errors?: { err: Error }[] }>;
};
const { dkimVerify } = require("mailauth/lib/dkim/verify") as {
  dkimVerify: (
    message: Buffer,
    options: object,
  ) => Promise<{ results: { status: { result: string; comment?: string } }[] }>;
};

/** mailauth in this process, in its strict mode: the other one takes SHA-1 and more on purpose. */
export function mailauth(keys: Keys): DkimPeer {
  const resolver = (name: string): Promise<string[][]> => {
    const record = keys.records[name];
    if (record !== undefined) return Promise.resolve([[record]]);
    return Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
  };
  const verifyOne = async (message: Buffer): Promise<Answer> => {
    const { results } = await dkimVerify(message, { resolver, strict: true });
    const { result = "none", comment = "" } = results[0]?.status ?? {};
    return { verdict: result === "pass" || result === "fail" ? result : "unusable", detail: `${result} ${comment}` };
  };
  const signOne = async (order: SigningOrder): Promise<Signed> => {
    const { signatures, errors } = await dkimSign(order.message, {
      strict: true,
      canonicalization: order.canonicalization,
      algorithm: order.selector === "ed25519" ? "ed25519-sha256" : "rsa-sha256",
      headerList: order.headers.join(":"),
      ...(order.lifetimeSeconds !== undefined && { expires: new Date(Date.now() + order.lifetimeSeconds * 1000) }),
      signatureData: [
        {
          signingDomain,
          selector: order.selector,
          privateKey: keys.privateKeys[order.selector].export({ type: "pkcs8", format: "pem" }),
          ...(order.identity !== undefined && { identity: order.identity }),
          ...(order.bodyLength && { maxBodyLength: 1 << 30 }),
        },
      ],
    });
    if (signatures !== "") return { field: Buffer.from(signatures, "latin1") };
    return { refused: errors?.map(({ err }) => err.message).join("; ") ?? "no signature" };
  };
  return {
    name: "mailauth",
    verify: (messages) => oneByOne(messages, verifyOne),
    range: {
      selectors,
      canonicalizations: allCanonicalizations,
      oversigned: false,
      identity: true,
      lifetime: true,
      bodyLength: true,
      copiedFields: false,
      fieldNames: anyFieldName,
    },
    sign: (orders) => oneByOne(orders, signOne),
    close: () => Promise.resolve(),
  };
}

async function oneByOne<In, Out>(all: readonly In[], work: (one: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (const one of all) results.push(await work(one));
  return results;
}
