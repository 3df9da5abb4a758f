// What a peer is that runs as a process of its own.
import type { Algorithm } from "./message.ts";

export type Verb = "sign" | "verify";

/**
 * `command` is called with: verb, file of the message, file of the key (to sign: PEM; to verify: the key name, a space and the
 * record), algorithm, CPU seconds to spend. It prints the CPU seconds that one message takes.
 */
export type ChildPeer = {
  name: string;
  command: [string, ...string[]];
  can: (verb: Verb, algorithm: Algorithm) => boolean;
};
