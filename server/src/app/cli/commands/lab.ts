import { join } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { absolute } from "../../config.ts";
import { labAddresses, labServiceZone } from "../../lab/addresses.ts";
import { startLab } from "../../lab/lab.ts";
import { runScenario } from "../../lab/scenarios/run-scenario.ts";
import { scenarios } from "../../lab/scenarios/scenarios.ts";
import { apiClient } from "../api-client.ts";
import { stdinText } from "../stdin.ts";
import { CommandFailed, exitStatus, note, print } from "../exit.ts";
import { scenarioJson, scenarioText, stayText } from "../scenario-text.ts";
import { type CommonOptions, common, group, configOf, remote } from "../options/common.ts";

export function addLab(program: Command): void {
  const lab = group(program, "lab", "a small internet on this machine, for trying everything out", "chancery lab up");
  remote(
    common(
      lab.command("up").description("start it beside a running Chancery, and point that one at it; stop with ^C"),
      "chancery lab up",
    ),
  ).action(async (options: CommonOptions) => labUp(options));
  common(
    lab.command("list").description("what there is to be seen, for `chancery lab run`"),
    "chancery lab list",
  ).action((options: CommonOptions) => {
    const rows = scenarios.map(({ name, shows }) => ({ name, shows }));
    print(
      options.json
        ? rows.map((row) => JSON.stringify(row)).join("\n")
        : rows.map(({ name, shows }) => `${name}   ${shows}`).join("\n"),
    );
  });
  common(
    lab
      .command("run <scenario>")
      .description("show a scenario on an internet of its own, which no running Chancery is needed for")
      .option("--stay", "leave it running until ^C, to try the commands that are printed"),
    "chancery lab run delegation-faults --stay",
  ).action(labRun);
  common(
    lab
      .command("send")
      .description("hand the relay a test message; the password is read from standard input")
      .requiredOption("--login <name>", "a sender")
      .requiredOption("--from <address>", "the author")
      .option("--to <address>", "the recipient", "someone@receiver.example"),
    "echo correct-horse-battery | chancery lab send --login app --from news@customer.example",
  ).action(async (options: SendOptions) => labSend(options));
}

async function labRun(name: string, options: CommonOptions & { stay?: true }): Promise<void> {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined)
    throw new CommandFailed(`there is no scenario ${name}; \`chancery lab list\` shows those that there are`);
  const running = await runScenario(scenario, Math.floor(Date.now() / 1000));
  try {
    print(options.json ? scenarioJson(running) : scenarioText(scenario, running));
    if (!running.shown.every(({ found }) => found)) process.exitCode = exitStatus.negative;
    if (options.stay) {
      note(stayText(running));
      await interrupted();
    }
  } finally {
    await running.close();
  }
}

const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });

type SendOptions = CommonOptions & { login: string; from: string; to: string };

/** Hands the relay a message as an application would: STARTTLS, AUTH, one recipient. */
async function labSend(options: SendOptions): Promise<void> {
  const { createTransport } = await import("nodemailer");
  const { host, port } = configOf(options).config["relay.listen"];
  const pass = (await stdinText()).replace(/\r?\n$/, "");
  const transport = createTransport({
    host,
    port,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: options.login, pass },
  });
  try {
    const { response } = await transport.sendMail({
      from: options.from,
      to: options.to,
      subject: "Hello from the lab",
      text: "It works.\n",
    });
    print(options.json ? JSON.stringify({ response }) : response);
  } catch (error) {
    throw new CommandFailed(`${host}:${port}: ${(error as Error).message}`);
  } finally {
    transport.close();
  }
}

async function labUp(options: CommonOptions): Promise<void> {
  const call = apiClient(options);
  const settings = (await call("showSettings", {})) as Record<string, { value: { host: string; port: number } }>;
  const { host, port } = settings["dns.listen"]!.value;
  const nameServer = { name: `ns1.${labServiceZone}`, addresses: [host === "0.0.0.0" ? "127.0.0.1" : host] };
  const directory = join(absolute(configOf(options).config["data.dir"]), "lab");
  const running = await startLab({ directory, port, nameServers: [nameServer], report: note }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        throw new CommandFailed(
          `port ${port} of 127.53.0.x is taken: another lab runs, or something listens on every address`,
        );
      throw error;
    },
  );
  try {
    await call("changeSettings", {
      body: {
        "dns.zone": labServiceZone,
        "dns.nameservers": [nameServer],
        "resolver.root": [{ name: "a.root.example", addresses: [labAddresses.root] }],
        "resolver.authority_port": port,
        "resolver.servers": [`${labAddresses.resolver}:${port}`],
        "relay.next_hop": `${labAddresses.sink}:${port}`,
        "rotation.policy": "lab",
      },
    });
  } catch (error) {
    await running.close();
    throw error;
  }
  const where = {
    resolver: `${labAddresses.resolver}:${port}`,
    sink: `${labAddresses.sink}:${port}`,
    zones: running.zoneFiles,
    inbox: running.inbox,
  };
  print(options.json ? JSON.stringify(where) : labText(where));
  await interrupted();
  await running.close();
}

const labText = ({
  resolver,
  sink,
  zones,
  inbox,
}: {
  resolver: string;
  sink: string;
  zones: string[];
  inbox: string;
}): string =>
  `The lab is up; ^C ends it.

  recursive resolver   ${resolver}   (--resolver ${resolver})
  mail sink            ${sink}   (the relay's next hop)
  received mail        ${inbox}
${zones.map((file) => `  customer's zone      ${file}`).join("\n")}

Next, in another terminal:
  ./chancery domain add customer.example --method cname-ring
  ./chancery records customer.example --format zone >> ${zones.find((file) => file.endsWith("customer.example.zone")) ?? zones[0]}
  ./chancery domain verify customer.example
  ./chancery key list customer.example
`;
