import { signingModes, type ZoneDnssec } from "@chancery/api";
import { type Command, Option } from "commander";
import { readZoneAlgorithm } from "../../../model/dnssec/algorithms.ts";
import { apiClient } from "../api-client.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { zoneDnssecText } from "./dnssec-text.ts";

type EnableOptions = CommonOptions & { algorithm?: string; mode?: (typeof signingModes)[number] };

/** `chancery zone dnssec …`: signed zones. */
export function addZoneDnssec(zone: Command): void {
  const dnssec = group(
    zone,
    "dnssec",
    "signed zones: keys, rolls, DS records",
    "chancery zone dnssec show esp.example",
  );
  remote(
    common(
      dnssec
        .command("enable <origin>")
        .description("sign a zone")
        .option(
          "--algorithm <name>",
          "13 (ECDSA P-256, the default) or 15 (ed25519); on a signed zone this begins a roll",
        )
        .addOption(
          new Option(
            "--mode <mode>",
            "online: signed as it is asked; presigned: signatures travel to secondaries",
          ).choices([...signingModes]),
        ),
      "chancery zone dnssec enable esp.example",
    ),
  ).action(async (origin: string, options: EnableOptions) => {
    const algorithm = options.algorithm === undefined ? undefined : readZoneAlgorithm(options.algorithm);
    if (algorithm?.ok === false) throw new CommandFailed(algorithm.problem);
    const answer = await apiClient(options)("enableZoneDnssec", {
      params: { origin },
      body: { ...(algorithm && { algorithm: algorithm.algorithm }), ...(options.mode && { mode: options.mode }) },
    });
    printed(answer, options);
    if (!options.json) note(`\nKeys are made now. When to tell the parent: chancery zone dnssec show ${answer.origin}`);
  });
  remote(
    common(
      dnssec.command("show <origin>").description("keys, what is waited for, and the DS record for the parent"),
      "chancery zone dnssec show esp.example",
    ),
  ).action(async (origin: string, options: CommonOptions) => {
    printed(await apiClient(options)("showZoneDnssec", { params: { origin } }), options);
  });
  remote(
    common(
      dnssec
        .command("roll <origin>")
        .description("replace a key, in steps that no resolver notices")
        .option("--ksk", "the key that the parent's DS record names")
        .option("--zsk", "the key that signs the zone"),
      "chancery zone dnssec roll esp.example --zsk",
    ),
  ).action(async (origin: string, options: CommonOptions & { ksk?: true; zsk?: true }) => {
    if (options.ksk === options.zsk) throw new CommandFailed("say which key: --ksk or --zsk");
    const role = options.ksk ? "ksk" : "zsk";
    printed(await apiClient(options)("rollZoneKey", { params: { origin }, body: { role } }), options);
  });
  remote(
    common(
      dnssec
        .command("disable <origin>")
        .description("give up signing a zone: the DS record goes first, signatures last"),
      "chancery zone dnssec disable esp.example",
    ),
  ).action(async (origin: string, options: CommonOptions) => {
    printed(await apiClient(options)("disableZoneDnssec", { params: { origin } }), options);
  });
}

const printed = (answer: ZoneDnssec, options: CommonOptions): void =>
  print(options.json ? JSON.stringify(answer) : zoneDnssecText(answer));
