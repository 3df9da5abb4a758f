import type { Scenario } from "../lab/scenarios/fault.ts";
import type { RunningScenario } from "../lab/scenarios/run-scenario.ts";

/** What a scenario showed, for people: the fault, the command, and what it found. */
export const scenarioText = ({ shows, faults }: Scenario, { shown }: RunningScenario): string =>
  [
    `${shows}:`,
    ...shown.flatMap(({ fault, command, found, findings }, index) => [
      "",
      `${index + 1} of ${faults.length}  ${fault.shows}`,
      `  $ ${command}`,
      ...findings.map(({ code, severity, summary }) => `  ${severity} ${code}: ${summary}`),
      ...(found ? [] : [`  ${fault.code} was to be found, and was not`]),
    ]),
  ].join("\n");

/** The same, one document a line. */
export const scenarioJson = ({ shown }: RunningScenario): string =>
  shown
    .map(({ fault: { label, shows, code }, command, found, findings }) =>
      JSON.stringify({ domain: `${label}.example`, shows, expected: code, found, command, findings }),
    )
    .join("\n");

/** How to go on while it runs. */
export const stayText = ({ internet }: RunningScenario): string =>
  [
    "",
    "This internet stays until ^C. In another terminal, so that commands see it:",
    ...Object.entries(internet.environment).map(([name, value]) => `  export ${name}='${value}'`),
  ].join("\n");
