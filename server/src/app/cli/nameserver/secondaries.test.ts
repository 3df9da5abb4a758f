import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tsigKeyFromText } from "chancery/dns";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { run } from "../test-run.ts";
import { followerSettings } from "./follower-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-secondaries-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file = (text: string): string => {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
};

const secret = Buffer.alloc(32, 5).toString("base64");
const configuration = (more: string): string => `dns:
  zone: dkim.esp.example
  tsig_keys: [{name: former, secret: "${secret}"}, {name: new, algorithm: hmac-sha512, secret: "${secret}"}]
${more}`;
const one = configuration(
  "  listen: 192.0.2.1:53\n  secondaries: [{name: ns2, addresses: [192.0.2.2], keys: [new, former]}]\n",
);

describe("chancery nameserver tsig-key", () => {
  test.each([
    ["hmac-sha256", 32],
    ["hmac-sha384", 48],
    ["hmac-sha512", 64],
  ])("makes a key for %s with a secret of %d octets, as an entry of the configuration", async (algorithm, octets) => {
    const { out, status } = await run("nameserver", "tsig-key", "NS2-key", "--algorithm", algorithm);
    const [entry] = parse(out) as [{ name: string; algorithm: string; secret: string }];
    expect({ status, ...entry }).toMatchObject({ status: 0, name: "ns2-key", algorithm });
    expect(Buffer.from(entry.secret, "base64")).toHaveLength(octets);
    expect(tsigKeyFromText(entry)).toMatchObject({ ok: true });
  });

  test("refuses an algorithm and a name that nobody knows what to do with", async () => {
    expect(await run("nameserver", "tsig-key", "k", "--algorithm", "hmac-md5")).toMatchObject({ status: 2 });
    expect(await run("nameserver", "tsig-key", 'a"b')).toMatchObject({ status: 2 });
  });
});

describe("chancery nameserver recipe", () => {
  test.each(["knot", "bind", "nsd"])(
    "%s has the names and addresses of the configuration, and no secret",
    async (make) => {
      const { out, errors, status } = await run("nameserver", "recipe", make, "--config", file(one));
      expect(status).toBe(0);
      for (const part of ["192.0.2.1", "192.0.2.2", "new", "hmac-sha512"]) expect(out).toContain(part);
      expect(out + errors).not.toContain(secret);
      expect(out).toContain("PUT THE SECRET HERE");
      expect(out).not.toContain("former");
      expect(errors).toContain("chancery-key.conf");
    },
  );

  test("--into writes the files, and lets nobody else read those with the secret", async () => {
    const into = join(folder, "into");
    const words = ["nameserver", "recipe", "nsd", "--config", file(one), "--with-secret", "--into", into];
    expect(await run(...words)).toMatchObject({ status: 0, out: "" });
    expect(readdirSync(into).sort()).toEqual(["chancery-key.conf", "chancery.conf", "follower.yaml"]);
    for (const name of readdirSync(into)) {
      const holdsSecret = readFileSync(join(into, name), "utf8").includes(secret);
      expect([name, holdsSecret]).toEqual([name, name !== "chancery.conf"]);
      expect(statSync(join(into, name)).mode & 0o007).toBe(holdsSecret ? 0 : 4);
    }
    expect(followerSettings(join(into, "follower.yaml"))).toMatchObject({
      catalog: "catalog.dkim.esp.example",
      primary: { host: "192.0.2.1", port: 53 },
      from: "192.0.2.2",
      pattern: "chancery-member",
    });
  });

  test("a primary of the other family leaves the source to the system", async () => {
    const { out } = await run("nameserver", "recipe", "knot", "--config", file(one), "--primary", "[2001:db8::1]:53");
    expect(out).toContain("address: 2001:db8::1@53");
    expect(out).not.toContain("via:");
  });

  test.each([
    ["an unknown server", one, ["powerdns"], "there are knot, bind, nsd"],
    ["no secondary", configuration(""), ["knot"], "set dns.secondaries"],
    ["a secondary that is not there", one, ["knot", "--secondary", "ns9"], "there are ns2"],
    [
      "several secondaries and none named",
      configuration(
        "  secondaries: [{name: a, addresses: [192.0.2.2], keys: new}, {name: b, addresses: [192.0.2.3], keys: new}]\n",
      ),
      ["knot"],
      "one of a, b",
    ],
    [
      "every address of the machine",
      one.replace("192.0.2.1:53", "0.0.0.0:53"),
      ["knot"],
      "say which one with --primary",
    ],
    ["a primary that is no address", one, ["knot", "--primary", "ns1.example.com:53"], "an IP address and a port"],
    ["no name for the catalog", one.replace("  zone: dkim.esp.example\n", ""), ["knot"], "set dns.catalog"],
  ])("%s is refused, with what to do", async (_, text, words, problem) => {
    const { errors, status } = await run("nameserver", "recipe", ...words, "--config", file(text));
    expect({ status, errors }).toMatchObject({ status: 2, errors: expect.stringContaining(problem) });
  });
});

describe("follower.yaml", () => {
  const good = `catalog: catalog.example
primary: "192.0.2.1:53"
key: {name: k, secret: "${secret}"}
pattern: ours
zone_files: /z
state: /s
`;

  test("has what is needed, and the usual for the rest", () => {
    expect(followerSettings(file(good))).toMatchObject({
      from: undefined,
      nsdControl: "nsd-control",
      nsdConfig: undefined,
      intervalSeconds: 2,
    });
  });

  test.each([
    ["an unknown name", "pattern: ours", "patern: ours", "patern is not known"],
    ["a pattern of two words", "pattern: ours", "pattern: a b", "pattern: letters"],
    ["a primary by name", "192.0.2.1:53", "ns1.example.com:53", "primary: an IP address"],
    ["a missing folder", "zone_files: /z\n", "", "zone_files: a text is expected"],
    ["a catalog that is no name", "catalog.example", "a..b", "catalog: empty label"],
    ["words in the place of the secret", secret, "PUT THE SECRET HERE", "the secret is not base64"],
    ["an interval of nothing", "state: /s", "state: /s\ninterval: 0", "interval: seconds"],
    ["a source by name", "state: /s", "state: /s\nfrom: here", "from: an IP address"],
    ["a list", good, "- a list", "names and values"],
  ])("%s is refused", (_, right, wrong, problem) => {
    expect(() => followerSettings(file(good.replace(right, wrong)))).toThrow(problem);
  });

  test("a file that is not there is told, and a bad number of removals", async () => {
    const nowhere = await run("nameserver", "follow-catalog", join(folder, "nowhere.yaml"), "--once");
    expect(nowhere).toMatchObject({ status: 2, errors: expect.stringContaining("nowhere.yaml") });
    const many = await run("nameserver", "follow-catalog", file(good), "--once", "--max-removals", "many");
    expect(many).toMatchObject({ status: 2, errors: expect.stringContaining("a number of zones") });
  });
});
