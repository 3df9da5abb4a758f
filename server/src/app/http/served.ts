import { setTimeout as pause } from "node:timers/promises";
import { readSoa, TYPE } from "chancery/dns";
import { exchange } from "../../engine/resolver/transport/exchange.ts";
import type { Endpoint } from "../config-keys.ts";

/** Whether our name server answers with this serial, or a later one, within the time that an import promises. */
export type ServedBy = (origin: string, serial: number) => Promise<boolean>;

const withinMs = 2000;
const askAgainMs = 50;

/** Asks the name server that listens at `listen`; an unspecified address is asked over loopback. */
export function servedBy(listen: Endpoint): ServedBy {
  const address = { "0.0.0.0": "127.0.0.1", "::": "::1" }[listen.host] ?? listen.host;
  return async (origin, serial) => {
    for (const deadline = performance.now() + withinMs; performance.now() < deadline; await pause(askAgainMs)) {
      const reply = await exchange(
        { name: origin, type: TYPE.SOA },
        { address, port: listen.port },
        { recursionDesired: false, timeoutMs: 500 },
      );
      if (reply.result === "failed") continue;
      const soa = reply.message.answers.find(({ type }) => type === TYPE.SOA);
      if (soa !== undefined && readSoa(soa.data).serial >= serial) return true;
    }
    return false;
  };
}
