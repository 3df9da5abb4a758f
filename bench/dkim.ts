// Signing and verifying against mailauth and libopendkim in the same run. Only ratios mean something (see the goals in docs).
import { createPublicKey, sign as signOctets } from "node:crypto";
import { createRequire } from "node:module";
import { formatKeyRecord, sign, verify } from "chancery/dkim";
import { domain, ed25519, rsa, selectors, signedFields, textMessage } from "./dkim-message.ts";
import { openDkim } from "./dkim-opendkim.ts";

type Algorithm = "rsa" | "ed25519";
type Work = (message: Buffer) => Promise<unknown>;

const require = createRequire(import.meta.url);
const { dkimSign } = require("mailauth/lib/dkim/sign") as {
  dkimSign: (message: Buffer, options: object) => Promise<{ signatures: string }>;
};
const { dkimVerify } = require("mailauth/lib/dkim/verify") as {
  dkimVerify: (message: Buffer, options: object) => Promise<{ results: { status: { result: string } }[] }>;
};

const privateKeys = { rsa: rsa.privateKey, ed25519: ed25519.privateKey };
const pems = {
  rsa: rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  ed25519: ed25519.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
};
const records: Record<Algorithm, string> = {
  rsa: formatKeyRecord(createPublicKey(rsa.privateKey)),
  ed25519: formatKeyRecord(createPublicKey(ed25519.privateKey)),
};
const recordAt = (name: string): string[][] => [[name.startsWith("r.") ? records.rsa : records.ed25519]];
const resolveTxt = (name: string): Promise<string[][]> => Promise.resolve(recordAt(name));

const ourKeys = (
  algorithm: Algorithm,
): [{ signingDomain: string; selector: string; privateKey: typeof rsa.privateKey }] => [
  { signingDomain: domain, selector: selectors[algorithm], privateKey: privateKeys[algorithm] },
];
const ourSign = (algorithm: Algorithm): Work => {
  const options = { keys: ourKeys(algorithm), headers: signedFields, lifetimeSeconds: 604_800 };
  return (message) => sign(message, options);
};
const ourVerify: Work = async (message) => {
  const [verification] = await verify(message, { resolveTxt });
  if (verification?.result !== "pass") throw new Error(`our verifier says ${verification?.reason}`);
};
const mailauthSign = (algorithm: Algorithm): Work => {
  const signatureData = [{ signingDomain: domain, selector: selectors[algorithm], privateKey: pems[algorithm] }];
  const options = { canonicalization: "relaxed/relaxed", headerList: signedFields.join(":"), signatureData };
  return (message) => dkimSign(message, { ...options, algorithm: `${algorithm}-sha256` });
};
const mailauthVerify: Work = async (message) => {
  const { results } = await dkimVerify(message, { resolver: resolveTxt });
  if (results[0]?.status.result !== "pass") throw new Error(`mailauth says ${results[0]?.status.result}`);
};

/** CPU seconds for one message, threads included, after a warm-up, with as many messages in flight as a busy server has. */
async function cpuSeconds(work: Work, message: Buffer, seconds = 1): Promise<number> {
  const spend = async (limit: number): Promise<number> => {
    const started = process.cpuUsage();
    const used = (): number => {
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1e6;
    };
    let count = 0;
    const lane = async (): Promise<void> => {
      for (; used() < limit; count++) await work(message);
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    return used() / count;
  };
  await spend(0.3);
  return spend(seconds);
}

type Row = {
  title: string;
  octets: number;
  ours: number;
  mailauth: number;
  opendkim: number | undefined;
  limit: number;
};

/** Prints what one message costs us, what it costs the peers, and what its cryptography alone costs. */
export async function run(): Promise<void> {
  const peer = openDkim();
  const rows: Row[] = [];
  const sizes = [
    ["4 KB", 4096],
    ["50 KB", 51_200],
    ["1 MB", 1 << 20],
  ] as const;
  for (const algorithm of ["rsa", "ed25519"] as const) {
    const digest = algorithm === "rsa" ? "sha256" : null;
    for (const [size, octets] of algorithm === "rsa" ? sizes : sizes.slice(0, 1)) {
      const message = textMessage(octets);
      const signed = Buffer.concat([await sign(message, { keys: ourKeys(algorithm), headers: signedFields }), message]);
      const pem = peerKey(algorithm);
      rows.push({
        title: `sign ${algorithm} ${size}`,
        octets: message.length,
        ours: await cpuSeconds(ourSign(algorithm), message),
        mailauth: await cpuSeconds(mailauthSign(algorithm), message),
        opendkim: peer?.measure("sign", algorithm, message, pem),
        limit: await cpuSeconds(
          async () => signOctets(digest, message.subarray(0, 1000), privateKeys[algorithm]),
          message,
          0.5,
        ),
      });
      rows.push({
        title: `verify ${algorithm} ${size}`,
        octets: message.length,
        ours: await cpuSeconds(ourVerify, signed),
        mailauth: await cpuSeconds(mailauthVerify, signed),
        opendkim: peer?.measure(
          "verify",
          algorithm,
          signed,
          `${selectors[algorithm]}._domainkey.${domain} ${records[algorithm]}\n`,
        ),
        limit: Number.NaN,
      });
    }
  }
  peer?.close();
  if (peer === undefined)
    console.log("libopendkim: not available (its headers, Debian libopendkim-dev, or gcc are missing)");
  print(rows);
}

/** libopendkim takes RSA as PEM and Ed25519 as the PKCS#8 PEM too. */
const peerKey = (algorithm: Algorithm): string => pems[algorithm];

function print(rows: readonly Row[]): void {
  const perSecond = (seconds: number | undefined): string => (seconds === undefined ? "n/a" : (1 / seconds).toFixed(0));
  const times = (theirs: number | undefined, ours: number): string =>
    theirs === undefined ? "n/a" : `${(theirs / ours).toFixed(1)} x`;
  console.table(
    Object.fromEntries(
      rows.map(({ title, octets, ours, mailauth, opendkim, limit }) => [
        title,
        {
          "messages per CPU-s": perSecond(ours),
          "MB per CPU-s": (octets / ours / 1e6).toFixed(0),
          mailauth: perSecond(mailauth),
          "against mailauth": times(mailauth, ours),
          libopendkim: perSecond(opendkim),
          "against libopendkim": times(opendkim, ours),
          "signature alone": Number.isNaN(limit) ? "" : perSecond(limit),
        },
      ]),
    ),
  );
}
