import type { Onlooker } from "../../service/lifecycle/key-list.ts";
import { trustedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import { dnsSettings, timingPolicy } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import type { HandlerContext } from "./handler.ts";

const onlookers = new WeakMap<HandlerContext, Onlooker>();

/** What handlers look into domains with; one for all of a server, so that they share one view of the trusted clock. */
export function onlookerOf(context: HandlerContext): Onlooker {
  const known = onlookers.get(context);
  if (known !== undefined) return known;
  const { db, loaded } = context;
  const nowMs = (): number => Date.now();
  const onlooker: Onlooker = {
    db,
    nowMs,
    settings: async () => {
      const { config } = await configWithSettings(db, loaded);
      return { policy: timingPolicy(config), dns: dnsSettings(config) };
    },
    trustedTime: trustedTimeOf({
      db,
      nowMs,
      monotonicMs: () => performance.now(),
      clockErrorSeconds: timingPolicy(loaded.config).clockErrorSeconds,
    }),
  };
  onlookers.set(context, onlooker);
  return onlooker;
}
