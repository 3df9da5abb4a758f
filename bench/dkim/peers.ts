// Signing and verifying one message beside every peer that is there.
import { createHash, sign as signOctets, verify as verifyOctets, createPublicKey } from "node:crypto";
import { sign } from "chancery/dkim";
import { findChildPeers, type ChildPeers } from "./child-peers.ts";
import { cpuSeconds, medians } from "./cost.ts";
import { perSecond, printGoal } from "./goal.ts";
import { privateKeys } from "./message.ts";
import { nodePeers, signOptions } from "./node-peers.ts";
import { megabyte, rows, type Row } from "./rows.ts";

const rounds = 3;
const sliceSeconds = 0.3;
/** Until the engine has compiled what it runs often, as it has in a server. */
const warmUpSeconds = 1;

/**
 * What nobody can do without: the hash of the message as it lies in memory, and the signature's arithmetic in Node. The first can
 * be beaten: octets that were copied into the processor's cache first are hashed faster than those that were not.
 */
function limitOf({ verb, algorithm, body }: Row, message: Buffer): () => Promise<unknown> {
  const hash = (): Buffer => createHash("sha256").update(message).digest();
  if (body !== undefined) return async () => hash();
  const digest = algorithm === "rsa" ? "sha256" : null;
  const header = message.subarray(0, 1000);
  const privateKey = privateKeys[algorithm];
  if (verb === "sign") return async () => [hash(), signOctets(digest, header, privateKey)];
  const signature = signOctets(digest, header, privateKey);
  const publicKey = createPublicKey(privateKey);
  return async () => [hash(), verifyOctets(digest, header, publicKey, signature)];
}

async function measure(row: Row, children: ChildPeers): Promise<Record<string, number | undefined>> {
  const { verb, algorithm } = row;
  const plain = row.message();
  const message = verb === "sign" ? plain : Buffer.concat([await sign(plain, signOptions(algorithm)), plain]);
  const pieces = message.length < 10_000 ? 20 : 1;
  const contenders: Record<string, () => Promise<number | undefined> | number | undefined> = {};
  const here = row.body === "alone" ? { ours: nodePeers.ours } : nodePeers;
  for (const [name, peer] of Object.entries(here)) {
    const work = peer(verb, algorithm);
    if (work === undefined) continue;
    await cpuSeconds(() => work(message), warmUpSeconds, pieces);
    contenders[name] = () => cpuSeconds(() => work(message), sliceSeconds, pieces);
  }
  for (const name of row.body === "alone" ? [] : children.names) {
    contenders[name] = () => children.measure(name, verb, algorithm, message, sliceSeconds);
  }
  const limit = limitOf(row, message);
  contenders["limit"] = () => cpuSeconds(limit, sliceSeconds, pieces);
  // The slow peers need seconds for one message of 20 MB.
  const costs = await medians(contenders, row.body !== undefined ? 1 : rounds);
  if (row.body === undefined) return costs;
  const perMegabyte = (cost: number | undefined): number | undefined => cost && (cost * megabyte) / message.length;
  return Object.fromEntries(Object.entries(costs).map(([name, cost]) => [name, perMegabyte(cost)]));
}

function report({ title, goals, ofLimit, body }: Row, costs: Record<string, number | undefined>): void {
  const { ours, limit, ...peers } = costs as Record<string, number | undefined> & { ours: number; limit: number };
  const figures = Object.entries(peers).map(([name, cost]) => `${name} ${perSecond(cost)}`);
  const unit = body !== undefined ? "MB" : "messages";
  console.log(
    `${title}: ${[`${perSecond(ours)} ${unit} per CPU-s`, ...figures].join(", ")}; limit ${perSecond(limit)}`,
  );
  const bestPeer = Math.min(...Object.values(peers).map((cost) => cost ?? Infinity));
  for (const { peer, times } of goals) {
    const theirs = peer === "best" ? bestPeer : peers[peer];
    if (theirs === undefined) console.log(`  ${peer} is not here`);
    else
      printGoal({
        title: `times ${peer === "best" ? "the best peer" : peer}`,
        reached: theirs / ours,
        wanted: times,
        limit: theirs / limit,
      });
  }
  if (ofLimit !== undefined) printGoal({ title: "of SHA-256", reached: limit / ours, wanted: ofLimit, limit: 1 });
}

export async function comparePeers(): Promise<void> {
  const children = findChildPeers();
  if (children.missing.length > 0) {
    console.log(
      `not here: ${children.missing.join(", ")} (Debian: libopendkim-dev and gcc, libmail-dkim-perl, python3-dkim)`,
    );
  }
  for (const row of rows) report(row, await measure(row, children));
  children.close();
}
