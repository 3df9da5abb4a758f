import { type Command, Option } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { shown } from "../table.ts";

const settings = { yes: true, no: false, default: null } as const;

export function addKeyDisclosed(key: Command): void {
  remote(
    common(
      key
        .command("disclosed <domain>")
        .description("show the private halves of withdrawn keys that were made public, or say whether they are to be")
        .addOption(
          new Option("--set <yes|no|default>", "whether this domain's are made public after their time").choices(
            Object.keys(settings),
          ),
        ),
      "chancery key disclosed customer.example --set yes",
    ),
  ).action(async (domain: string, options: CommonOptions & { set?: keyof typeof settings }) => {
    const call = apiClient(options);
    if (options.set !== undefined) {
      const said = await call("setDisclosure", { params: { domain }, body: { disclose: settings[options.set] } });
      if (options.json) return print(JSON.stringify(said));
      return note(
        said.disclose === null
          ? `${said.domain}: as the policy of its tenant, or rotation.disclose, says`
          : `${said.domain}: private halves are ${said.disclose ? "made public once nobody can hold their records any more" : "never made public"}`,
      );
    }
    let count = 0;
    for await (const one of everyPage((after) => call("listDisclosedKeys", { query: { domain, after } }))) {
      count++;
      print(
        options.json
          ? JSON.stringify(one)
          : `${one.name}  ${one.algorithm}  ${shown.time(one.disclosedAt)}\n${one.privateKey}`,
      );
    }
    if (count === 0 && !options.json) note(`no key of ${domain} was made public`);
  });
}
