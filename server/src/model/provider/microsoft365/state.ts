import type { TracedChain } from "../../traced-chain.ts";
import { microsoftSelectors, type MicrosoftSelector, type SigningConfig } from "./signing-config.ts";
import { readMicrosoftTarget } from "./target.ts";

/**
 * One alias as DNS shows it. `alias`: whether it leads to Microsoft, and where that is known, to the target that Microsoft
 * gave out for it. `key`: whether a record is behind it; `none` is as it should be for the selector that does not sign (M365-07).
 */
export type MicrosoftAlias = {
  selector: MicrosoftSelector;
  alias: "present" | "absent" | "wrong" | "unknown";
  key: "some" | "none" | "unknown";
  target: string | undefined;
};

/**
 * The words of Microsoft's portal and cmdlets, as DNS and a signing configuration together show them. `NoDKIMKeys`: the keys
 * were never made, so that there is nothing to point at; `CnameMissing`: an alias is not there or leads elsewhere; `Valid`:
 * both are there, with a key behind one; `Rotating`: the other selector signs from `rotatesAt` on.
 */
export type MicrosoftStatus = "NoDKIMKeys" | "CnameMissing" | "Valid" | "Rotating" | "unknown";

export type MicrosoftState = {
  status: MicrosoftStatus;
  /** Whether mail of the domain is signed as the domain. Only the configuration can say that it is not, while all is there. */
  signing: "on" | "off" | "unknown";
  aliases: readonly MicrosoftAlias[];
  /** The selector that signs now, where that can be told. */
  active: MicrosoftSelector | undefined;
  /** Epoch seconds; only while rotating. */
  rotatesAt: number | undefined;
};

/** What Microsoft says of a domain: its configuration, that it has none, or nothing because nobody asked. */
export type MicrosoftSays = SigningConfig | "not-listed" | "not-asked";

/** What an import says of a domain. */
export const microsoftSays = (configs: readonly SigningConfig[] | undefined, domain: string): MicrosoftSays =>
  configs === undefined ? "not-asked" : (configs.find((one) => one.domain === domain) ?? "not-listed");

/** Computes the state of a domain from its two chains and what Microsoft says. `now`: epoch seconds. */
export function microsoftState(
  chains: Readonly<Record<MicrosoftSelector, TracedChain>>,
  says: MicrosoftSays,
  now: number,
): MicrosoftState {
  const config = typeof says === "string" ? undefined : says;
  const aliases = microsoftSelectors.map((selector) => aliasOf(selector, chains[selector], config?.targets[selector]));
  const rotatesAt = config !== undefined && isRotating(config, now) ? config.rotatesAt : undefined;
  const status = says === "not-listed" ? "NoDKIMKeys" : statusOf(aliases, config, rotatesAt);
  return {
    status,
    signing: signingOf(status, config),
    aliases,
    active: activeOf(aliases, config, now),
    rotatesAt,
  };
}

function aliasOf(selector: MicrosoftSelector, chain: TracedChain, expected: string | undefined): MicrosoftAlias {
  // A name of the owner's own may stand between.
  const targets = chain.aliases.map((one) => one.target);
  const target =
    targets.find((one) => isRightTarget(selector, one, expected)) ??
    targets.find((one) => readMicrosoftTarget(one) !== undefined) ??
    targets[0];
  const key = { present: "some", absent: "none", unknown: "unknown" } as const;
  const alias =
    target === undefined
      ? ({ present: "wrong", absent: "absent", unknown: "unknown" } as const)[chain.outcome]
      : isRightTarget(selector, target, expected)
        ? "present"
        : "wrong";
  return { selector, alias, key: alias === "present" ? key[chain.outcome] : "none", target };
}

/** Where Microsoft's own word is at hand, it decides; else any of its targets for this selector will do. */
const isRightTarget = (selector: MicrosoftSelector, target: string, expected: string | undefined): boolean =>
  expected === undefined ? readMicrosoftTarget(target)?.selector === selector : target === expected;

const isRotating = ({ rotatesAt, status }: SigningConfig, now: number): boolean =>
  (rotatesAt !== undefined && rotatesAt > now) || /rotat/i.test(status ?? "");

function statusOf(
  aliases: readonly MicrosoftAlias[],
  config: SigningConfig | undefined,
  rotatesAt: number | undefined,
): MicrosoftStatus {
  if (rotatesAt !== undefined || /rotat/i.test(config?.status ?? "")) return "Rotating";
  const isKeyless = config !== undefined && Object.values(config.targets).every((target) => target === undefined);
  if (isKeyless || /^nodkimkeys$/i.test(config?.status ?? "")) return "NoDKIMKeys";
  if (aliases.some(({ alias }) => alias === "absent" || alias === "wrong")) return "CnameMissing";
  if (aliases.some(({ alias }) => alias === "unknown")) return "unknown";
  if (aliases.some(({ key }) => key === "some")) return "Valid";
  if (aliases.some(({ key }) => key === "unknown")) return "unknown";
  // The records behind the targets exist from the first time on that signing is switched on.
  return config === undefined ? "NoDKIMKeys" : config.enabled === false ? "Valid" : "unknown";
}

function signingOf(status: MicrosoftStatus, config: SigningConfig | undefined): MicrosoftState["signing"] {
  if (config?.enabled === false || status === "NoDKIMKeys") return "off";
  return config?.enabled === true && status !== "unknown" ? "on" : "unknown";
}

/** By the configuration; else the only selector with a key. */
function activeOf(
  aliases: readonly MicrosoftAlias[],
  config: SigningConfig | undefined,
  now: number,
): MicrosoftSelector | undefined {
  const said = config?.rotatesAt !== undefined && config.rotatesAt > now ? config.signsBefore : config?.signsAfter;
  if (said !== undefined) return said;
  const withKey = aliases.filter(({ key }) => key === "some");
  return withKey.length === 1 && aliases.every(({ key }) => key !== "unknown") ? withKey[0]?.selector : undefined;
}
