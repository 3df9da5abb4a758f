import type { Onlooker } from "../../service/lifecycle/key-list.ts";
import { askedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import { dnsSettings, timingPolicy } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import type { HandlerContext } from "./handler.ts";

/** The keys' world as a handler sees it: the settings and clocks of the controller, without its looks. */
export function onlookerOf({ db, loaded }: Pick<HandlerContext, "db" | "loaded">): Onlooker {
  const nowMs = (): number => Date.now();
  return {
    db,
    nowMs,
    settings: async () => {
      const { config } = await configWithSettings(db, loaded);
      return { policy: timingPolicy(config), dns: dnsSettings(config), disclose: config["rotation.disclose"] };
    },
    trustedTime: askedTimeOf({
      db,
      nowMs,
      clockErrorSeconds: timingPolicy(loaded.config).clockErrorSeconds,
    }),
  };
}
