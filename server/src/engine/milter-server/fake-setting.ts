import { ACTION, type MilterOutcome } from "chancery/milter";
import { afterEach } from "vitest";
import type { BodySink, Decide, MilterFault } from "./decide.ts";
import { connectFakeMta, type FakeMta } from "./fake-mta.ts";
import type { MilterServerLimits } from "./limits.ts";
import { type MilterServer, startMilterServer } from "./server.ts";

const servers: MilterServer[] = [];
const mtas: FakeMta[] = [];

afterEach(async () => {
  for (const mta of mtas.splice(0)) mta.socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Setting = { server: MilterServer; faults: MilterFault[]; mta: (offer?: Offer) => Promise<FakeMta> };
type Offer = Parameters<typeof connectFakeMta>[1];

/** For tests: a server with the given policy, and MTAs that connect to it. All ends with the test. */
export async function start(decide: Decide["openMessage"], limits: Partial<MilterServerLimits> = {}): Promise<Setting> {
  const faults: MilterFault[] = [];
  const server = await startMilterServer({
    listen: { host: "127.0.0.1", port: 0 },
    wanted: { requiredActions: ACTION.ADDHDRS },
    decide: { openMessage: decide },
    limits: { closeGraceSeconds: 0.2, ...limits },
    onFault: (fault) => faults.push(fault),
  });
  servers.push(server);
  const mta = async (offer?: Offer): Promise<FakeMta> => {
    const connected = await connectFakeMta(server.port, offer);
    mtas.push(connected);
    return connected;
  };
  return { server, faults, mta };
}

/** A policy that wants every body and answers `outcome`. */
export const always =
  (outcome: MilterOutcome, onUpdate: BodySink["update"] = () => {}): Decide["openMessage"] =>
  async () => ({ kind: "body", sink: { update: onUpdate, finish: async () => outcome } });

export const accept: MilterOutcome = { action: "accept" };
