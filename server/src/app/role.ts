import type { RoleContext, RunningRole } from "./role-context.ts";

export const roleNames = ["nameserver", "controller", "milter", "relay", "ingest", "api"] as const;
export type RoleName = (typeof roleNames)[number];
export const isRoleName = (name: string): name is RoleName => (roleNames as readonly string[]).includes(name);

/** One loader a role, so that a process loads only what its role needs. */
const loaders: Record<RoleName, () => Promise<(context: RoleContext) => Promise<RunningRole>>> = {
  nameserver: async () => (await import("./roles/nameserver.ts")).startNameServer,
  controller: async () => (await import("./roles/controller.ts")).startController,
  milter: async () => (await import("./roles/milter.ts")).startMilter,
  relay: async () => (await import("./roles/relay.ts")).startRelay,
  ingest: async () => (await import("./roles/ingest.ts")).startIngest,
  api: async () => (await import("./roles/api.ts")).startApi,
};

export const startRole = async (name: RoleName, context: RoleContext): Promise<RunningRole> =>
  (await loaders[name]())(context);
