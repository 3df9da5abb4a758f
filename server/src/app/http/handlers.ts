import { accessHandlers } from "./access-handlers.ts";
import { aliasHandlers } from "./alias-handlers.ts";
import { collectionHandlers } from "./collection-handlers.ts";
import { broughtKeyHandlers } from "./brought-key-handlers.ts";
import { domainHandlers } from "./domain-handlers.ts";
import { doctorHandlers } from "./doctor-handlers.ts";
import { keyHandlers } from "./key-handlers.ts";
import { registrationHandlers } from "./registration-handlers.ts";
import { reportHandlers } from "./report-handlers.ts";
import { revocationHandlers } from "./revocation-handlers.ts";
import { nameServerHandlers } from "./name-server-handlers.ts";
import { policyHandlers } from "./policy-handlers.ts";
import { providerHandlers } from "./provider-handlers.ts";
import { pushHandlers } from "./push-handlers.ts";
import { rolloutHandlers } from "./rollout-handlers.ts";
import { streamHandlers } from "./stream-handlers.ts";
import { watchHandlers } from "./watch-handlers.ts";
import { disclosureHandlers } from "./disclosure-handlers.ts";
import { dnssecHandlers } from "./dnssec-handlers.ts";
import { recordHandlers } from "./record-handlers.ts";
import { rollsHandlers } from "./rolls-handlers.ts";
import { zoneHandlers } from "./zone-handlers.ts";
import type { Handlers, HandlerContext } from "./handler.ts";

/** One handler a route, from one file a subject. */
export const apiHandlers = async (context: HandlerContext): Promise<Handlers> => ({
  ...accessHandlers(context),
  ...domainHandlers(context),
  ...aliasHandlers(context),
  ...streamHandlers(context),
  ...keyHandlers(context),
  ...policyHandlers(context),
  ...rolloutHandlers(context),
  ...broughtKeyHandlers(context),
  ...rollsHandlers(context),
  ...disclosureHandlers(context),
  ...revocationHandlers(context),
  ...reportHandlers(context),
  ...registrationHandlers(context),
  ...zoneHandlers(context),
  ...dnssecHandlers(context),
  ...pushHandlers(context),
  ...recordHandlers(context),
  ...nameServerHandlers(context),
  ...providerHandlers(),
  ...doctorHandlers(context),
  ...watchHandlers(context),
  ...collectionHandlers(context, {
    ...domainHandlers(context),
    ...keyHandlers(context),
    ...streamHandlers(context),
    ...watchHandlers(context),
  }),
});
