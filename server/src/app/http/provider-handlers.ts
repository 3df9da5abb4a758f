import { entryOf } from "../../model/provider/provider-entry.ts";
import { Refusal } from "../../service/refusal.ts";
import { shippedCatalogue } from "../provider-catalogue.ts";
import { type Handlers, pageRequest } from "./handler.ts";

/** The provider catalogue, the same for every tenant. */
export function providerHandlers(): Pick<Handlers, "listProviders" | "showProvider"> {
  return {
    listProviders: async (_, { query }) => {
      const { limit, after = "" } = pageRequest(query);
      const { providers, version } = shippedCatalogue();
      const rest = [...providers.values()].filter(({ id }) => id > after);
      const items = rest.slice(0, limit).map(entryOf);
      return { items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null, version };
    },
    showProvider: async (_, { params }) => {
      const provider = shippedCatalogue().providers.get(params["id"] ?? "");
      if (provider === undefined) throw new Refusal("not-found", `there is no provider ${params["id"]}`);
      return entryOf(provider);
    },
  };
}
