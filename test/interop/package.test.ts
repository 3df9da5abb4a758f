// The package as a stranger gets it: the tarball installed into an empty project, and every program of its README, on each Node
// that it is for.
import { generateKeyPairSync } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatKeyRecord, sign, verify } from "chancery/dkim";
import { readVector, vectorFiles } from "../../protocol/vectors/dkim/vector.ts";
import { startSink } from "../fakes/smtp-sink.ts";
import { examplesOf, installInto, lend, nodeOf, packInto, runWell } from "../rig/package.ts";
import { freePort, run, startPeer, temporaryDirectory, whenReady, type Peer } from "../rig/peer.ts";

/** The oldest that `engines` promises, the newest of the next, and the project's own. */
const nodeVersions = ["20.0.0", "22.23.3", "24.21.0"];
/** The README says 1 GB; `CHANCERY_PACKAGE_STREAM_MIB=1024` makes it so. */
const streamMib = Number(process.env["CHANCERY_PACKAGE_STREAM_MIB"] ?? 256);
const streamMemoryMibMax = 200;

const directory = temporaryDirectory("package");
const project = path.join(directory.path, "project");
const inProject = (name: string): string => path.join(project, name);
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = [{ signingDomain: "example.com", selector: "s1", privateKey }];
const message = Buffer.from(
  "From: News <news@example.com>\r\nTo: sue@example.net\r\nSubject: Dinner\r\n" +
    "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n\r\nIs dinner ready?\r\n",
);
const resolveTxt = (): Promise<string[][]> => Promise.resolve([[formatKeyRecord(publicKey)]]);

let tarball: string;
let examples: Map<string, string>;
let nameServer: Peer;
let nameServerAddress: string;

beforeAll(async () => {
  tarball = await packInto(directory.path);
  await installInto(project, tarball);
  examples = examplesOf(inProject("node_modules/chancery/README.md"));
  lend(project, "nodemailer", "@types/node", "undici-types");
  writeFileSync(inProject("s1.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(inProject("message.eml"), Buffer.concat([await sign(message, { keys }), message]));
  await startNameServer();
});
afterAll(async () => {
  await nameServer?.stop();
  directory.remove();
});

/** Keys are found by `node:dns`, at a name server that is the README's own, wherever `use-name-server.js` is loaded. */
async function startNameServer(): Promise<void> {
  const strings = formatKeyRecord(publicKey)
    .match(/.{1,255}/g)!
    .map((text) => `"${text}"`);
  writeFileSync(
    inProject("example.com.zone"),
    "@ 300 IN SOA ns.example.com. hostmaster.example.com. 1 3600 600 86400 60\n@ 300 IN NS ns.example.com.\n" +
      `s1._domainkey 300 IN TXT ${strings.join(" ")}\n`,
  );
  const port = await freePort();
  nameServerAddress = `127.0.0.1:${port}`;
  nameServer = startPeer(process.execPath, [program("Answer a DNS query")], {
    cwd: project,
    env: { ...process.env, PORT: String(port) },
  });
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([nameServerAddress]);
  await whenReady("the name server", nameServer, () =>
    resolver.resolveTxt("s1._domainkey.example.com").then(
      () => true,
      () => false,
    ),
  );
  writeFileSync(
    inProject("use-name-server.js"),
    `import { promises, setServers } from "node:dns";\nfor (const set of [setServers, promises.setServers]) set(["${nameServerAddress}"]);\n`,
  );
}

/** Writes an example of the README to a file, as it stands. */
function program(heading: string, change = (text: string): string => text): string {
  const text = examples.get(heading);
  if (text === undefined) throw new Error(`the README of the package has no program under “${heading}”`);
  const file = inProject(`${heading.toLowerCase().replaceAll(/\W+/g, "-")}.js`);
  writeFileSync(file, change(text));
  return file;
}

const runExample = (node: string, heading: string, environment: NodeJS.ProcessEnv = {}): Promise<string> =>
  runWell(node, ["--import", "./use-name-server.js", program(heading)], {
    cwd: project,
    env: { ...process.env, ...environment },
  });

describe("the tarball", () => {
  type Manifest = { exports: Record<string, string | Record<string, string>> };
  const manifest = (): Manifest =>
    JSON.parse(readFileSync(inProject("node_modules/chancery/package.json"), "utf8")) as Manifest;
  const contents = async (): Promise<string[]> =>
    (await runWell("tar", ["-tzf", tarball]))
      .trim()
      .split("\n")
      .map((name) => name.replace(/^package\//, ""));

  test("is the same, octet for octet, when it is made again", async () => {
    const again = await packInto(path.join(directory.path, "again"));
    expect(readFileSync(again).equals(readFileSync(tarball))).toBe(true);
  });

  test("holds compiled files and their types, and nothing else of the tree", async () => {
    const names = await contents();
    const texts = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    expect(names.filter((name) => !name.startsWith("dist/")).sort()).toEqual(texts);
    expect(names.filter((name) => /^dist\/.*(?<!\.d)\.ts$|\.test\.|vectors/.test(name))).toEqual([]);
    const all = await runWell("tar", ["-xzOf", tarball]);
    expect(all).not.toMatch(/PRIVATE KEY-----\n|vitest|from "\.[^"]*\.ts"/);
    expect(all).not.toContain(process.cwd());
  });

  test("has every file that its exports name, types included", async () => {
    const names = await contents();
    for (const [entry, target] of Object.entries(manifest().exports)) {
      const targets = typeof target === "string" ? [target] : Object.values(target);
      for (const name of targets) expect(names, entry).toContain(name.replace("./", ""));
    }
  });

  test("brings nothing with it", () => {
    expect(Object.keys(manifest())).not.toContain("dependencies");
    expect(
      readdirSync(inProject("node_modules"))
        .filter((name) => !name.startsWith("."))
        .sort(),
    ).toEqual(["@types", "chancery", "nodemailer", "undici-types"]); // all but the second are lent by this test
  });
});

describe.each(nodeVersions)("on Node %s", (version) => {
  let node: string;
  beforeAll(async () => {
    node = await nodeOf(version);
    expect((await runWell(node, ["--version"])).trim()).toBe(`v${version}`);
  });

  test("every entry has what it has in the tree", async () => {
    const exported = JSON.parse(readFileSync("protocol/package.json", "utf8")) as { exports: Record<string, string> };
    const entries = Object.keys(exported.exports).map((entry) => entry.replace(".", "chancery"));
    const inTree = await Promise.all(entries.map(async (entry) => Object.keys((await import(entry)) as object).sort()));
    const list = `Promise.all(${JSON.stringify(entries)}.map((entry) => import(entry))).then((all) => console.log(JSON.stringify(all.map((one) => Object.keys(one).sort()))))`;
    expect(JSON.parse(await runWell(node, ["-e", list], { cwd: project }))).toEqual(inTree);
  });

  test("CommonJS gets it by import(), and by require() where Node can", async () => {
    const by = async (expression: string): Promise<string> => {
      writeFileSync(inProject("common.cjs"), `(async () => console.log(typeof (${expression}).verify))()`);
      return (await runWell(node, [inProject("common.cjs")], { cwd: project })).trim();
    };
    expect(await by('await import("chancery/dkim")')).toBe("function");
    const required = by('require("chancery/dkim")');
    if (version === "20.0.0") await expect(required).rejects.toThrow("ERR_REQUIRE_ESM");
    else expect(await required).toBe("function");
  });

  // With --jitless there is no WebAssembly.
  test.each([
    ["", []],
    [", also by the plain path", ["--jitless"]],
  ])("every vector gets the verdict that it names, and failures are explained%s", async (_path, flags) => {
    const vectors = vectorFiles.map(readVector).filter(({ options }) => options.isRegistrySuffix === undefined);
    writeFileSync(inProject("vectors.json"), JSON.stringify(vectors));
    writeFileSync(inProject("vectors.js"), vectorsProgram);
    const results = JSON.parse(await runWell(node, [...flags, "vectors.js"], { cwd: project })) as unknown;
    expect(results).toEqual(vectors.map(({ expected }) => expected));
  });

  test("the README verifies a message, with node:dns", async () => {
    expect(await runExample(node, "Verify")).toBe("pass  d=example.com s=s1\n");
  });

  test("the README signs with nodemailer, and what arrives verifies", async () => {
    const sink = await startSink();
    try {
      await runExample(node, "Sign, with nodemailer", { SMTP_URL: `smtp://127.0.0.1:${sink.port}?ignoreTLS=true` });
      const [arrived] = sink.messages;
      expect(arrived?.recipients).toEqual(["sue@example.net"]);
      expect((await verify(arrived!.octets, { resolveTxt })).map(({ result }) => result)).toEqual(["pass"]);
    } finally {
      await sink.close();
    }
  });

  test("the README's webhook answers who signed", async () => {
    const port = await freePort();
    const server = startPeer(node, ["--import", "./use-name-server.js", program("A webhook")], {
      cwd: project,
      env: { ...process.env, PORT: String(port) },
    });
    try {
      const post = (body: Buffer): Promise<Response> => fetch(`http://127.0.0.1:${port}`, { method: "POST", body });
      await whenReady("the webhook", server, () =>
        post(Buffer.alloc(0)).then(
          () => true,
          () => false,
        ),
      );
      const answer = await (await post(readFileSync(inProject("message.eml")))).json();
      expect(answer).toMatchObject({ signedBy: ["example.com"], results: [{ result: "pass", keyBits: 2048 }] });
      await breakOff(port);
      const forged = await (await post(Buffer.concat([readFileSync(inProject("message.eml")), message]))).json();
      expect(forged).toMatchObject({ signedBy: [], results: [{ result: "fail", reason: "body-hash-mismatch" }] });
    } finally {
      await server.stop();
    }
  });

  test("the README signs a batch on threads, in order, and names what it does not sign", async () => {
    const names = writeOutbox();
    // On a few cores RSA would need no threads.
    const onThreads = (text: string): string => text.replace("{ keys })", "{ keys, threads: 2 })");
    const { stderr } = await run(node, [program("Batch", onThreads)], { cwd: project });
    expect(stderr).toBe("refused.eml is not signed: the message has a line end that is not CRLF\n");
    expect(readdirSync(inProject("signed")).sort()).toEqual(names);
    for (const name of names) {
      const signed = readFileSync(path.join(inProject("signed"), name));
      expect(signed.toString("latin1")).toContain(`Subject: ${name}\r\n`);
      expect((await verify(signed, { resolveTxt })).map(({ result }) => result)).toEqual(["pass"]);
    }
  });

  test(`the README signs and verifies a file of ${streamMib} MiB without holding it`, async () => {
    writeLargeMessage();
    const output = await runExample(node, "Stream a file of 1 GB");
    const memoryMib = Number(/^pass (\d+) MiB/.exec(output)?.[1] ?? Number.NaN);
    expect(memoryMib, output).toBeLessThan(streamMemoryMibMax);
  });
});

/** Prints the words for each vector, and has each explained on the way. */
const vectorsProgram = `
import { readFileSync } from "node:fs";
import { explainFailures, verify } from "chancery/dkim";

const words = [];
for (const { message, records, options } of JSON.parse(readFileSync("vectors.json", "utf8"))) {
  const resolveTxt = async (name) => {
    const found = records[name] ?? { code: "ENOTFOUND" };
    if ("code" in found) throw Object.assign(new Error("no answer"), found);
    return found.map((text) => [text]);
  };
  const octets = Buffer.from(message, "latin1");
  const results = await verify(octets, { resolveTxt, ...options });
  const explained = await explainFailures(octets, results, { resolveTxt });
  if (explained.length !== results.length) throw new Error("explanations are missing");
  words.push(results.map(({ result, reason }) => (reason === undefined ? result : result + " " + reason)));
}
console.log(JSON.stringify(words));
`;

/** Begins an upload and goes away in the middle of it. */
async function breakOff(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.write(
    "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 1000\r\n\r\nFrom: a@example.com\r\n\r\nHi.",
    () => socket.destroy(),
  );
  await once(socket, "close");
}

/** More messages than `signMany` signs without threads, and one that it refuses. Answers the names of the others. */
function writeOutbox(): string[] {
  for (const folder of ["outbox", "signed"]) {
    rmSync(inProject(folder), { recursive: true, force: true });
    mkdirSync(inProject(folder));
  }
  const names = Array.from({ length: 600 }, (_, at) => `message-${String(at).padStart(3, "0")}.eml`);
  for (const name of names)
    writeFileSync(path.join(inProject("outbox"), name), message.toString("latin1").replace("Dinner", name));
  writeFileSync(path.join(inProject("outbox"), "refused.eml"), `${message.toString("latin1")}\n`);
  return names;
}

function writeLargeMessage(): void {
  const line = `${"The quick brown fox jumps over the lazy dog. ".repeat(2)}\r\n`;
  const mebibyte = Buffer.from(line.repeat(Math.ceil((1 << 20) / line.length)));
  const file = inProject("large.eml");
  writeFileSync(file, message);
  for (let written = 0; written < streamMib; written++) appendFileSync(file, mebibyte);
}

describe("its types", () => {
  const compilerOptions = { strict: true, noEmit: true, target: "es2023", lib: ["es2023"], types: ["node"] };
  const consumer = `
import { CannotSign, resultOf, sign, verify, type Reason, type Verification } from "chancery/dkim";
import { parse } from "chancery/authres";
import { evaluate } from "chancery/dmarc";
import { answer } from "chancery/dns";
import { splitMessage } from "chancery/mail";
import { createSession } from "chancery/milter";

const verifications: Verification[] = await verify(new Uint8Array(0), { resolveTxt: async () => [[]] });
const reason: Reason | undefined = verifications[0]?.reason;
if (reason !== undefined) console.log(resultOf[reason]);
// @ts-expect-error: a message is octets, not text
await verify("text", { resolveTxt: async () => [[]] });
// @ts-expect-error: a key needs its selector
await sign(new Uint8Array(0), { keys: [{ signingDomain: "example.com", privateKey: "" }] });
console.log(CannotSign, parse, evaluate, answer, splitMessage, createSession);
`;

  test.each([
    { module: "nodenext", moduleResolution: "nodenext" },
    { module: "esnext", moduleResolution: "bundler" },
  ])("are found and sound with %o", async (resolution) => {
    const folder = path.join(project, resolution.moduleResolution);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "consumer.ts"), consumer);
    // nodemailer's types leave open whether a composed message is a stream, so that example is not among them.
    for (const [heading, text] of examples)
      if (!heading.includes("nodemailer"))
        writeFileSync(path.join(folder, `${heading.toLowerCase().replaceAll(/\W+/g, "-")}.ts`), text);
    writeFileSync(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...resolution }, include: ["*.ts"] }),
    );
    await runWell("tsc", ["-p", folder]);
  });
});
