import { isIPv6 } from "node:net";
import { TYPE } from "chancery/dns";
import { inParallel } from "./parallel.ts";
import { rootHints } from "../root-hints.ts";
import { IterativeSession, type IterativeOptions } from "../session.ts";

/**
 * Whether authoritative servers can be asked from here. `silence`: nothing comes back from port 53. `someone else answers`:
 * the network sends every question to a resolver of its own, whose word is not that of the servers.
 */
export type Reach = "reachable" | "silence" | "someone else answers";

/** So many root servers are asked; one true answer is enough. */
const rootsAsked = 3;
const timeoutMsDefault = 1000;

/** Asks root servers for the SOA of the root, which each of them answers with authority. */
export async function probeRoot(options: IterativeOptions, signal?: AbortSignal): Promise<Reach> {
  const session = new IterativeSession(options, signal);
  const addresses = (options.root ?? rootHints).flatMap((server) => server.addresses);
  const first = addresses.filter((address) => !isIPv6(address)).slice(0, rootsAsked);
  const replies = await inParallel(first.length > 0 ? first : addresses.slice(0, rootsAsked), (address) =>
    session.ask(address, ".", TYPE.SOA, { attempts: 1, timeoutMs: options.timeoutMs ?? timeoutMsDefault }),
  );
  const heard = replies.flatMap((reply) => ("reason" in reply || reply.result === "failed" ? [] : [reply.message]));
  // A root server under attack may refuse; one that offers recursion is none.
  if (heard.some(({ authoritative, recursionAvailable }) => authoritative && !recursionAvailable)) return "reachable";
  return heard.length > 0 ? "someone else answers" : "silence";
}
