import { microsoftSelectors, type SigningConfig } from "./signing-config.ts";
import type { MicrosoftSays, MicrosoftState } from "./state.ts";

/**
 * One thing to do next. `run`: a command of Exchange Online PowerShell; `publish`: a record in the domain's zone; `wait`: until
 * then nothing may be done (`until`, epoch seconds, where it is known).
 */
export type MicrosoftStep = { why: string } & (
  | { do: "run"; command: string }
  | { do: "publish"; name: string; target: string }
  | { do: "wait"; for: string; until?: number }
);

const bitsWanted = 2048;
const waitForRotation = "96 hours, after which the other selector signs";

/**
 * What leads from the state that a domain is in to two keys of 2048 bits of which one signs, in order. Targets are those that
 * Microsoft gave out; where they are not at hand, the command that shows them comes first.
 */
export function microsoftSteps(domain: string, state: MicrosoftState, says: MicrosoftSays): MicrosoftStep[] {
  const config = typeof says === "string" ? undefined : says;
  switch (state.status) {
    case "Rotating":
      return [
        {
          do: "wait",
          for: "the rotation that is under way; a second one is refused meanwhile",
          ...(state.rotatesAt !== undefined && { until: state.rotatesAt }),
          why: "both selectors have to stay published until then",
        },
      ];
    case "NoDKIMKeys":
      // Where only DNS was seen and both aliases are there, the keys were made and merely never used.
      return [
        ...(says === "not-asked" ? [] : [create(domain)]),
        ...publication(domain, state, config),
        switchOn(domain),
      ];
    case "CnameMissing":
      return [...publication(domain, state, config), ...(config?.enabled === true ? [] : [switchOn(domain)])];
    case "Valid":
      return state.signing === "off"
        ? [switchOn(domain), ...lengthening(domain, state, config)]
        : lengthening(domain, state, config);
    case "unknown":
      return [];
  }
}

const create = (domain: string): MicrosoftStep => ({
  do: "run",
  command: `New-DkimSigningConfig -DomainName ${domain} -Enabled $false -KeySize ${bitsWanted}`,
  why: "makes both keys, without signing yet; the key size would be 1024 otherwise",
});

const switchOn = (domain: string): MicrosoftStep => ({
  do: "run",
  command: `Set-DkimSigningConfig -Identity ${domain} -Enabled $true`,
  why: "signs from now on; refused until Microsoft sees both aliases",
});

function publication(domain: string, state: MicrosoftState, config: SigningConfig | undefined): MicrosoftStep[] {
  const missing = state.aliases.filter(({ alias }) => alias !== "present");
  if (missing.length === 0) return [];
  const published = missing.flatMap(({ selector }): MicrosoftStep[] => {
    const target = config?.targets[selector];
    const name = `${selector}._domainkey.${domain}`;
    return target === undefined
      ? []
      : [{ do: "publish", name, target, why: "Microsoft signs only while both aliases are there" }];
  });
  if (published.length === missing.length) return published;
  return [
    {
      do: "run",
      command: `Get-DkimSigningConfig -Identity ${domain} | Format-List Selector1CNAME,Selector2CNAME`,
      why: `shows the targets to publish as CNAME at ${missing.map(({ selector }) => `${selector}._domainkey.${domain}`).join(" and ")}: they cannot be worked out from the domain`,
    },
  ];
}

/**
 * A rotation makes a new key for the selector that does not sign, and that one signs 96 hours later. So a short key at rest
 * takes one rotation, a short key that signs takes two.
 */
function lengthening(domain: string, { active }: MicrosoftState, config: SigningConfig | undefined): MicrosoftStep[] {
  if (config === undefined) return [];
  const isShort = (selector: (typeof microsoftSelectors)[number]): boolean =>
    (config.keyBits[selector] ?? bitsWanted) < bitsWanted;
  const short = microsoftSelectors.filter(isShort);
  if (short.length === 0) return [];
  const rotate = (why: string): MicrosoftStep => ({
    do: "run",
    command: `Rotate-DkimSigningConfig -Identity ${domain} -KeySize ${bitsWanted}`,
    why,
  });
  const first = rotate("a new key for the selector that does not sign now");
  if (active !== undefined && !isShort(active)) return [first];
  return [
    first,
    { do: "wait", for: waitForRotation, why: "a second rotation is refused meanwhile" },
    rotate("a new key for the selector that signed before: the key size reaches only the next one"),
  ];
}

/** The steps as one sentence after the other, for a finding's remedy. */
export const microsoftStepsText = (steps: readonly MicrosoftStep[]): string =>
  steps
    .map((step) => {
      switch (step.do) {
        case "run":
          return `run ${step.command} (${step.why})`;
        case "publish":
          return `publish ${step.name} CNAME ${step.target} (${step.why})`;
        case "wait":
          return `wait for ${step.for} (${step.why})`;
      }
    })
    .join("; then ");
