import type { Onlooker } from "../../service/lifecycle/key-list.ts";
import { trustedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import { dnsSettings, timingPolicy } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import type { HandlerContext } from "./handler.ts";

/** What a request needs to see keys and moves as the controller sees them. */
export function onlookerOf({ db, loaded }: HandlerContext): Onlooker {
  const nowMs = (): number => Date.now();
  return {
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
}
