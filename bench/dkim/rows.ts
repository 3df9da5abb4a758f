// What is measured, on which message, and the goals for it.
import type { Verb } from "./child-peer.ts";
import { base64Message, htmlMessage, textMessage, type Algorithm } from "./message.ts";

/** Ours at least so many times as fast as this peer, or as the best one. */
type PeerGoal = { peer: string; times: number };

export type Row = {
  title: string;
  verb: Verb;
  algorithm: Algorithm;
  message: () => Buffer;
  /** The cost is that of the body: figures are MB a CPU-second, and the limit is SHA-256. */
  body?: "with-peers" | "alone";
  goals: readonly PeerGoal[];
  /** At least this part of the limit. */
  ofLimit?: number;
};

const kilobyte = 1024;
export const megabyte = 1_000_000;
const best = (times: number): PeerGoal => ({ peer: "best", times });
export const rows: readonly Row[] = [
  {
    title: "sign RSA 4 KB",
    verb: "sign",
    algorithm: "rsa",
    message: () => textMessage(4 * kilobyte),
    goals: [best(3.3)],
  },
  {
    title: "sign RSA 50 KB html",
    verb: "sign",
    algorithm: "rsa",
    message: () => htmlMessage(50 * kilobyte),
    goals: [best(2.7)],
  },
  {
    title: "sign Ed25519 4 KB",
    verb: "sign",
    algorithm: "ed25519",
    message: () => textMessage(4 * kilobyte),
    goals: [best(6)],
  },
  { title: "sign 1 MB", verb: "sign", algorithm: "rsa", message: () => textMessage(megabyte), goals: [best(6)] },
  {
    title: "sign 20 MB text",
    verb: "sign",
    algorithm: "rsa",
    message: () => textMessage(20 * megabyte),
    body: "with-peers",
    goals: [],
    ofLimit: 0.85,
  },
  {
    title: "sign 20 MB base64",
    verb: "sign",
    algorithm: "rsa",
    message: () => base64Message(20 * megabyte),
    body: "alone",
    goals: [],
    ofLimit: 0.85,
  },
  {
    title: "verify RSA 4 KB",
    verb: "verify",
    algorithm: "rsa",
    message: () => textMessage(4 * kilobyte),
    goals: [
      { peer: "libopendkim", times: 4 },
      { peer: "mailauth", times: 12 },
    ],
  },
  {
    title: "verify Ed25519 4 KB",
    verb: "verify",
    algorithm: "ed25519",
    message: () => textMessage(4 * kilobyte),
    goals: [],
  },
  {
    title: "verify 20 MB text",
    verb: "verify",
    algorithm: "rsa",
    message: () => textMessage(20 * megabyte),
    body: "with-peers",
    goals: [],
    ofLimit: 0.85,
  },
  {
    title: "verify 20 MB base64",
    verb: "verify",
    algorithm: "rsa",
    message: () => base64Message(20 * megabyte),
    body: "alone",
    goals: [],
    ofLimit: 0.85,
  },
];
