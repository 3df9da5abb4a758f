import type { Policy } from "@chancery/api";
import { parseWindow, windowText } from "../../model/rotation/change-window.ts";
import type { PolicyPreset, RotationPolicy } from "../../model/rotation/rotation-policy.ts";
import {
  listPolicies,
  type PolicyView,
  removePolicy,
  setPolicy,
  showPolicy,
} from "../../service/lifecycle/policies.ts";
import { domainByName } from "../../service/onboarding/domains.ts";
import { Refusal } from "../../service/refusal.ts";
import { type Caller, type HandlerContext, type Handlers, pageOf, pageRequest } from "./handler.ts";
import { onlookerOf } from "./onlooker.ts";

type Named =
  | "listPolicies"
  | "showTenantPolicy"
  | "setTenantPolicy"
  | "removeTenantPolicy"
  | "showDomainPolicy"
  | "setDomainPolicy"
  | "removeDomainPolicy"
  | "showStreamPolicy"
  | "setStreamPolicy"
  | "removeStreamPolicy";

type Written = Partial<Omit<RotationPolicy, "changeWindows">> & { changeWindows?: readonly string[] };

/** Rotation policies of tenants, domains and streams. */
export function policyHandlers(context: HandlerContext): Pick<Handlers, Named> {
  const { db } = context;
  const onlooker = onlookerOf(context);
  const place = async (caller: Caller, name: string) => {
    const row = await domainByName(db, caller.tenantId, name);
    return { domain: row.name, at: { tenantId: caller.tenantId, domainId: row.id } };
  };
  const streamPlace = async (caller: Caller, params: Record<string, string>) => {
    const { domain, at } = await place(caller, params["domain"]!);
    const stream = params["stream"]!;
    return { domain, stream, at: { ...at, stream } };
  };
  return {
    listPolicies: async (caller, { query }) =>
      pageOf(
        await listPolicies(db, caller.tenantId, pageRequest(query)),
        ({ domain, fields, updatedAt, updatedBy }) => ({
          domain,
          own: written(fields),
          updatedAt,
          updatedBy,
        }),
      ),
    showTenantPolicy: async ({ tenantId }) => shown(null, await showPolicy(onlooker, { tenantId })),
    setTenantPolicy: async (caller, { body }) => {
      const { tenantId, tokenId } = caller;
      const change = changeOf(body);
      if (change.preset === "now")
        throw new Refusal(
          "invalid-input",
          '"now" is for one domain; "chancery fleet rotate --all" rotates all of a tenant\'s, a wave at a time',
        );
      return shown(null, await setPolicy(onlooker, { tenantId }, change, tokenId));
    },
    removeTenantPolicy: async ({ tenantId, tokenId }) => {
      await removePolicy(onlooker, { tenantId }, tokenId);
      return {};
    },
    showDomainPolicy: async (caller, { params }) => {
      const { domain, at } = await place(caller, params["domain"]!);
      return shown(domain, await showPolicy(onlooker, at));
    },
    setDomainPolicy: async (caller, { params, body }) => {
      const { domain, at } = await place(caller, params["domain"]!);
      return shown(domain, await setPolicy(onlooker, at, changeOf(body), caller.tokenId));
    },
    removeDomainPolicy: async (caller, { params }) => {
      const { at } = await place(caller, params["domain"]!);
      await removePolicy(onlooker, at, caller.tokenId);
      return {};
    },
    showStreamPolicy: async (caller, { params }) => {
      const { domain, stream, at } = await streamPlace(caller, params);
      return shown(domain, await showPolicy(onlooker, at), stream);
    },
    setStreamPolicy: async (caller, { params, body }) => {
      const { domain, stream, at } = await streamPlace(caller, params);
      return shown(domain, await setPolicy(onlooker, at, changeOf(body), caller.tokenId), stream);
    },
    removeStreamPolicy: async (caller, { params }) => {
      const { at } = await streamPlace(caller, params);
      await removePolicy(onlooker, at, caller.tokenId);
      return {};
    },
  };
}

function changeOf(body: unknown): { preset?: PolicyPreset; fields: Partial<RotationPolicy> } {
  const { preset, changeWindows, ...rest } = body as Written & { preset?: PolicyPreset };
  const windows = changeWindows?.map((text) => {
    const window = parseWindow(text);
    if (window !== undefined) return window;
    throw new Refusal(
      "invalid-input",
      `"${text}" is not a change window; write days, hours and a time zone, like "mon-fri 09:00-17:00 Europe/Berlin", on quarters of an hour`,
    );
  });
  return {
    ...(preset !== undefined && { preset }),
    fields: { ...rest, ...(windows !== undefined && { changeWindows: windows }) },
  };
}

const written = ({ changeWindows, ...rest }: Partial<RotationPolicy>): Policy["own"] => ({
  ...rest,
  ...(changeWindows !== undefined && { changeWindows: changeWindows.map(windowText) }),
});

const shown = (
  domain: string | null,
  { effective, own, waits, warnings }: PolicyView,
  stream: string | null = null,
): Policy => ({
  domain,
  stream,
  policy: { ...effective.policy, changeWindows: effective.policy.changeWindows.map(windowText) },
  from: effective.from,
  own: written(own),
  waits: waits?.waits ?? [],
  names: waits?.names ?? null,
  shortestIntervalSeconds: waits?.shortestIntervalSeconds ?? null,
  warnings,
});
