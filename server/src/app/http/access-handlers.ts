import type { Sender, Tenant, Token } from "@chancery/api";
import type { SenderRow, TenantRow, TokenRow } from "../../engine/database/schema.ts";
import { addSender, dropSender, senders } from "../../service/access/senders.ts";
import { changeSettings } from "../../service/access/settings.ts";
import { addTenant, tenantByName, tenants } from "../../service/access/tenants.ts";
import { removeTenant } from "../remove-tenant.ts";
import { addToken, revoke, tokens } from "../../service/access/tokens.ts";
import { checkSettings, configWithSettings, shownSettings } from "../settings.ts";
import { type Caller, type Handlers, type HandlerContext, onlyAdmin, pageRequest, pageOf } from "./handler.ts";

type Named =
  | "listTenants"
  | "addTenant"
  | "showTenant"
  | "removeTenant"
  | "listTokens"
  | "addToken"
  | "revokeToken"
  | "listSenders"
  | "addSender"
  | "removeSender"
  | "showSettings"
  | "changeSettings";

/** Tenants, tokens, senders and settings. */
export function accessHandlers({ db, loaded, now }: HandlerContext): Pick<Handlers, Named> {
  return {
    listTenants: async (caller, { query }) => {
      onlyAdmin(caller);
      return pageOf(await tenants(db, pageRequest(query)), tenant);
    },
    addTenant: async (caller, { body }) => {
      onlyAdmin(caller);
      return tenant(await addTenant(db, (body as { name: string }).name, caller.tokenId, now()));
    },
    removeTenant: async (caller, { params }) => {
      onlyAdmin(caller);
      return tenant(await removeTenant(db, params["name"]!, caller.tokenId, now()));
    },
    showTenant: async (caller, { params }) => {
      if (params["name"] !== caller.tenantName) onlyAdmin(caller);
      return tenant(await tenantByName(db, params["name"]!));
    },

    listTokens: async (caller, { query }) =>
      pageOf(await tokens(db, caller.tenantId, pageRequest(query)), (row) => token(row, caller)),
    addToken: async (caller, { body }) => {
      const added = await addToken(db, caller.tenantId, (body as { name: string }).name, caller.tokenId, now());
      return { ...token(added, caller), token: added.token };
    },
    revokeToken: async (caller, { params }) =>
      token(await revoke(db, caller.tenantId, params["id"]!, caller.tokenId, now()), caller),

    listSenders: async (caller, { query }) =>
      pageOf(await senders(db, caller.tenantId, pageRequest(query)), (row) => sender(row, caller)),
    addSender: async (caller, { body }) => {
      const wanted = body as { kind: SenderRow["kind"]; name: string; password?: string; stream?: string };
      if (wanted.kind === "milter") onlyAdmin(caller); // an address speaks for whoever uses that MTA
      const added = await addSender(db, { tenantId: caller.tenantId, ...wanted }, caller.tokenId, now());
      return { ...sender(added, caller), password: added.password };
    },
    removeSender: async (caller, { params }) => {
      await dropSender(
        db,
        caller.tenantId,
        params["kind"] as SenderRow["kind"],
        params["name"]!,
        caller.tokenId,
        now(),
      );
      return {};
    },

    showSettings: async (caller) => {
      onlyAdmin(caller);
      return shownSettings(await configWithSettings(db, loaded));
    },
    changeSettings: async (caller, { body }) => {
      onlyAdmin(caller);
      const changes = checkSettings(await configWithSettings(db, loaded), body as Record<string, unknown>);
      if (changes.size > 0) await changeSettings(db, changes, caller.tokenId, now());
      return shownSettings(await configWithSettings(db, loaded));
    },
  };
}

const tenant = ({ id, name, createdAt }: TenantRow): Tenant => ({ id, name, createdAt });
const token = ({ id, name, createdAt, revokedAt }: TokenRow, caller: Caller): Token => ({
  id,
  tenant: caller.tenantName,
  name,
  createdAt,
  revokedAt,
});
const sender = ({ id, kind, name, stream, createdAt }: SenderRow, caller: Caller): Sender => ({
  id,
  tenant: caller.tenantName,
  kind,
  name,
  stream: stream === "" ? null : stream,
  createdAt,
});
