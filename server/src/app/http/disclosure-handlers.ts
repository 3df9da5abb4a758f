import { publicPairs, setDisclosure } from "../../service/rolls/disclosure.ts";
import { type Handlers, type HandlerContext, pageOf, pageRequest } from "./handler.ts";

/** Keys that were made public, and whether a domain's are. */
export const disclosureHandlers = ({
  db,
  now,
}: HandlerContext): Pick<Handlers, "listDisclosedKeys" | "setDisclosure"> => ({
  listDisclosedKeys: async (_caller, { query }) => {
    const domain = nameOf(query["domain"] as string);
    return pageOf(await publicPairs(db, domain, pageRequest(query)), (pair) => ({ domain, ...pair }));
  },
  setDisclosure: async (caller, { params, body }) => {
    const domain = nameOf(params["domain"]!);
    const { disclose } = body as { disclose: boolean | null };
    await setDisclosure(db, { tenantId: caller.tenantId, domain, disclose }, caller.tokenId, now());
    return { domain, disclose };
  },
});

const nameOf = (written: string): string => written.toLowerCase().replace(/\.$/, "");
