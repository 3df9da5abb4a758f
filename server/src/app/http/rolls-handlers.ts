import { exportRolls } from "../../service/rolls/export.ts";
import type { Handlers, HandlerContext } from "./handler.ts";

/** The record of every key's life, for whom it is about. */
export const rollsHandlers = ({ db, kek, now }: HandlerContext): Pick<Handlers, "exportRolls"> => ({
  exportRolls: async (caller, { params, query }) => {
    const claim = { tenantId: caller.tenantId, name: params["domain"]!.toLowerCase().replace(/\.$/, "") };
    const { after, limit } = query as { after: number; limit: number };
    const { lines, next } = await exportRolls({ db, kek, now }, claim, { after, limit });
    return { lines, next: next ?? null };
  },
});
