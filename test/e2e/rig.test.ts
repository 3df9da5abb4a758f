// The rig proves itself before it is asked to prove anything about us: what a peer signs, under a key that is published
// through an alias in a customer's zone, every verifier passes through a receiver's resolver; and what is wrong, they fail.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dig } from "../rig/dig.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { run, temporaryDirectory } from "../rig/peer.ts";
import { verifierNames, verifyWith } from "../rig/verifiers.ts";

const directory = temporaryDirectory("rig");
const origin = "customer.example";
const message =
  "From: a@customer.example\r\nTo: b@example.net\r\nSubject: a letter\r\nDate: Sun, 22 Nov 2026 00:00:00 +0000\r\n\r\nGood day.\r\n";
let internet: Internet;
let signed: string;

beforeAll(async () => {
  internet = await startInternet({ net: 80, customers: [origin] });
  const keyFile = join(directory.path, "key.pem");
  await run("openssl", ["genrsa", "-out", keyFile, "2048"]);
  await run("openssl", ["rsa", "-in", keyFile, "-pubout", "-outform", "DER", "-out", `${keyFile}.pub`]);
  const publicKey = (await run("openssl", ["base64", "-A", "-in", `${keyFile}.pub`])).stdout.trim();
  await internet.customers[origin]!.publish(
    `s1._domainkey CNAME s1.keys\ns1.keys TXT "v=DKIM1; k=rsa; p=${publicKey.slice(0, 200)}" "${publicKey.slice(200)}"`,
  );
  const signer = await run("/usr/bin/dkimsign", ["--hcanon", "relaxed", "--bcanon", "relaxed", "s1", origin, keyFile], {
    input: message,
  });
  if (signer.status !== 0) throw new Error(`dkimsign: ${signer.stderr}`);
  signed = signer.stdout;
});

afterAll(async () => {
  await internet?.stop();
  directory.remove();
});

test("the customer's zone answers with authority on both of its addresses", async () => {
  for (const host of internet.customers[origin]!.addresses)
    for (const via of ["udp", "tcp"] as const)
      expect(await dig({ host }, `s1._domainkey.${origin}`, "CNAME", via)).toEqual({
        rcode: "NOERROR",
        authoritative: true,
        answers: [`s1.keys.${origin}.`],
      });
});

const cases = [
  ["a sound message", (text: string) => text, "pass"],
  ["a body that was altered", (text: string) => text.replace("Good day", "Good night"), "fail"],
  ["a selector that nobody published", (text: string) => text.replace("s=s1;", "s=s9;"), "fail"],
  ["no signature", () => message, "none"],
] as const;

test.each(verifierNames)("%s passes what is sound and nothing else", async (verifier) => {
  const files = cases.map(([name, change]) => {
    const file = join(directory.path, `${verifier.replaceAll(":", "")}-${name.replaceAll(" ", "-")}.eml`);
    writeFileSync(file, change(signed));
    return file;
  });
  const verdicts = await verifyWith(verifier, files, internet.resolver);
  expect(verdicts.map(({ result }, index) => [cases[index]![0], result])).toEqual(
    cases.map(([name, , result]) => [name, result]),
  );
});

test("the resolver that keeps nothing sees a change at once", async () => {
  const ask = (address: string) => dig({ host: address }, `later.${origin}`, "TXT");
  const before = await Promise.all([ask(internet.freshResolver.address), ask(internet.resolver.address)]);
  expect(before.map(({ rcode }) => rcode)).toEqual(["NXDOMAIN", "NXDOMAIN"]);
  await internet.customers[origin]!.publish('later 60 TXT "one"');
  expect((await ask(internet.freshResolver.address)).answers).toEqual(['"one"']);
  await internet.resolver.flush();
  expect((await ask(internet.resolver.address)).answers).toEqual(['"one"']);
  await internet.customers[origin]!.publish('later 60 TXT "two"');
  expect((await ask(internet.freshResolver.address)).answers).toEqual(['"two"']);
  expect((await ask(internet.resolver.address)).answers).toEqual(['"one"']);
});
