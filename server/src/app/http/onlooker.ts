import type { Onlooker } from "../../service/lifecycle/key-list.ts";
import { trustedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import { dnsSettings, timingPolicy } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import type { HandlerContext } from "./handler.ts";

/** The world of the controller, as far as handlers look into it. */
export function onlookerOf({ db, loaded }: Pick<HandlerContext, "db" | "loaded">): Onlooker {
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
