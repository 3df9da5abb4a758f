import type { Stream } from "@chancery/api";
import type { Intervener } from "../../service/lifecycle/intervene.ts";
import { addStream, removeStream, type StreamListing, streamsOf } from "../../service/lifecycle/streams.ts";
import { domainByName } from "../../service/onboarding/domains.ts";
import type { Caller, HandlerContext, Handlers } from "./handler.ts";
import { onlookerOf } from "./onlooker.ts";

/** The streams of domains. */
export function streamHandlers(context: HandlerContext): Pick<Handlers, "listStreams" | "addStream" | "removeStream"> {
  const onlooker = onlookerOf(context);
  const find = async (caller: Caller, name: string): Promise<{ name: string; who: Intervener }> => {
    const row = await domainByName(context.db, caller.tenantId, name);
    return { name: row.name, who: { tenantId: caller.tenantId, domainId: row.id, actor: caller.tokenId } };
  };
  const listed = async ({ name, who }: { name: string; who: Intervener }): Promise<Stream[]> =>
    (await streamsOf(onlooker, who.tenantId, who.domainId)).map((stream) => shown(name, stream));
  return {
    listStreams: async (caller, { params }) => ({
      items: await listed(await find(caller, params["domain"]!)),
      next: null,
    }),
    addStream: async (caller, { params, body }) => {
      const domain = await find(caller, params["domain"]!);
      const { name } = body as { name: string };
      await addStream(onlooker, domain.who, name);
      return (await listed(domain)).find(({ stream }) => stream === name)!;
    },
    removeStream: async (caller, { params }) => {
      const { who } = await find(caller, params["domain"]!);
      await removeStream(onlooker, who, params["stream"]!);
      return {};
    },
  };
}

const shown = (domain: string, { name: stream, ...rest }: StreamListing): Stream => ({ domain, stream, ...rest });
