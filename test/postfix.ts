import { execFile } from "node:child_process";
import { access, chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A Postfix of our own: its configuration, queue and ports are in a temporary directory. */
export type Postfix = {
  /** Of smtpd on 127.0.0.1. */
  port: number;
  /** For `sendmail -C`, `postqueue -c` and the like. */
  configDirectory: string;
  log(): Promise<string>;
  /** Hands a message over as a local program would, with sendmail(1). */
  sendmail(message: string | Uint8Array, ...recipients: string[]): Promise<void>;
  /** Queue ids of what is in the queue, each with its queue: "deferred ABC". */
  queued(): Promise<string[]>;
  /** Stops it and removes the directory. */
  stop(): Promise<void>;
};

export type PostfixOptions = {
  /** Port on 127.0.0.1 that all mail goes on to. */
  nextHopPort: number;
  /** Ports of milters on 127.0.0.1 for mail from SMTP. Absent: none. */
  smtpdMilters?: readonly number[];
  /** The same for mail from sendmail(1). Absent: none. */
  nonSmtpdMilters?: readonly number[];
  /** More lines of main.cf; they win over ours. */
  settings?: Readonly<Record<string, string>>;
};

/**
 * Starts a Postfix; needs root and an installed Postfix 3.4 or newer. Nothing of the machine's own instance is used but its
 * programs, so any number can run at once. Rejects with the log when it does not come up.
 */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  if (process.getuid?.() !== 0) throw new Error("Postfix has to be started as root");
  await access("/usr/sbin/postfix").catch(() => {
    throw new Error("Postfix is not installed: apt-get install postfix");
  });
  const directory = await mkdtemp(join(tmpdir(), "chancery-postfix-"));
  await chmod(directory, 0o755);
  const configDirectory = join(directory, "config");
  const port = await freePort();
  await mkdir(configDirectory);
  await mkdir(join(directory, "queue"));
  await mkdir(join(directory, "data"));
  await chown(join(directory, "data"), await userId("postfix"), 0);
  await writeFile(join(configDirectory, "main.cf"), mainCf(directory, options));
  await writeFile(join(configDirectory, "master.cf"), masterCf(port));

  const log = async (): Promise<string> => readFile(join(directory, "mail.log"), "utf8").catch(() => "");
  try {
    await run("/usr/sbin/postfix", ["-c", configDirectory, "start"]);
  } catch (cause) {
    throw new Error(`Postfix did not start: ${await log()}`, { cause });
  }
  return {
    port,
    configDirectory,
    log,
    async sendmail(message, ...recipients) {
      const child = run("/usr/sbin/sendmail", ["-C", configDirectory, "-i", "-f", "root@example.com", ...recipients]);
      child.child.stdin?.end(message);
      await child;
    },
    async queued() {
      const { stdout } = await run("/usr/sbin/postqueue", ["-c", configDirectory, "-j"]);
      const lines = stdout.split("\n").filter((line) => line !== "");
      return lines.map((line) => {
        const entry = JSON.parse(line) as { queue_name: string; queue_id: string };
        return `${entry.queue_name} ${entry.queue_id}`;
      });
    },
    async stop() {
      // An instance that is gone already cannot be stopped; either way nothing is left.
      await run("/usr/sbin/postfix", ["-c", configDirectory, "stop"]).catch(() => {});
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function mainCf(directory: string, options: PostfixOptions): string {
  const milters = (ports: readonly number[] = []): string => ports.map((port) => `inet:127.0.0.1:${port}`).join(", ");
  const settings: Record<string, string> = {
    compatibility_level: "3.6",
    queue_directory: join(directory, "queue"),
    data_directory: join(directory, "data"),
    maillog_file: join(directory, "mail.log"),
    maillog_file_prefixes: directory,
    mail_owner: "postfix",
    setgid_group: "postdrop",
    myhostname: "mx.example.com",
    mydestination: "",
    local_recipient_maps: "",
    alias_maps: "",
    alias_database: "",
    mynetworks: "127.0.0.0/8",
    inet_interfaces: "127.0.0.1",
    inet_protocols: "ipv4",
    relayhost: `[127.0.0.1]:${options.nextHopPort}`,
    smtp_dns_support_level: "disabled",
    smtpd_peername_lookup: "no",
    smtpd_milters: milters(options.smtpdMilters),
    non_smtpd_milters: milters(options.nonSmtpdMilters),
    milter_default_action: "tempfail",
    ...options.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("");
}

/** The services of a Postfix that takes mail and passes it on, none of them in a chroot. */
function masterCf(port: number): string {
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "proxymap unix - - n - - proxymap",
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "showq unix n - n - - showq",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "anvil unix - - n - 1 anvil",
    "postlog unix-dgram n - n - 1 postlogd",
  ];
  return `${services.join("\n")}\n`;
}

async function userId(name: string): Promise<number> {
  const { stdout } = await run("id", ["-u", name]);
  return Number(stdout);
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
