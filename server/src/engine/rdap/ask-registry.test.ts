import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfSignedCertificate } from "../smtp-relay/self-signed.ts";
import { askRegistry, type RegistryAnswer, type RegistryOptions } from "./ask-registry.ts";

const certificate = selfSignedCertificate({ hostname: "localhost", now: Math.floor(Date.now() / 1000) });
let answer: RequestListener;
let asked: string[] = [];
const take: RequestListener = (request, response) => {
  asked.push(`${request.url} ${request.headers.accept}`);
  answer(request, response);
};
const servers: { plain: Server; tls: Server } = { plain: createServer(take), tls: createTlsServer(certificate, take) };
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
let base = "";

beforeAll(async () => {
  for (const server of Object.values(servers))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${portOf(servers.plain)}/rdap/`;
});
afterAll(() => {
  for (const server of Object.values(servers)) {
    server.closeAllConnections();
    server.close();
  }
});

const ask = (options: Partial<RegistryOptions> = {}): Promise<RegistryAnswer> => {
  asked = [];
  return askRegistry("held.example", { url: base, allowPrivate: true, ...options });
};
const says =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/rdap+json" }).end(text);
  };
const expiration = { eventAction: "expiration", eventDate: "2027-03-31T12:00:00Z" };
const domain = {
  objectClassName: "domain",
  ldhName: "HELD.example.",
  events: [{ eventAction: "registration", eventDate: "2020-01-01T00:00:00Z" }, expiration, null, 7],
};
const expiresAt = Date.UTC(2027, 2, 31, 12) / 1000;

test("RFC 9082 §3.1.3, RFC 9083 §4.5: the registry is asked for the domain, and its expiration counts", async () => {
  answer = says(domain);
  expect(await ask()).toEqual({ expiresAt });
  expect(asked).toEqual(["/rdap/domain/held.example application/rdap+json"]);
});

test("over https with a certificate that is valid for the host, and not without", async () => {
  answer = says(domain);
  const url = `https://localhost:${portOf(servers.tls)}`;
  expect(await ask({ url, ca: certificate.cert })).toEqual({ expiresAt });
  expect(await ask({ url })).toEqual({ problem: expect.stringMatching(/CERT|SELF_SIGNED/) as string });
});

test("RFC 9224: iana is asked where the registry of the top-level domain is; only https is taken from the list", async () => {
  const url = `https://localhost:${portOf(servers.tls)}/registry/`;
  const list = { services: [[["test"], ["https://nowhere.test/"]], [["Example"], ["http://127.0.0.1/", url]], 7] };
  answer = (request, response) => says(request.url === "/list" ? list : domain)(request, response);
  const bootstrap = `${base.replace("/rdap/", "")}/list`;
  expect(await ask({ url: "iana", bootstrap, ca: certificate.cert })).toEqual({ expiresAt });
  expect(asked.map((one) => one.split(" ")[0])).toEqual(["/list", "/registry/domain/held.example"]);
  answer = says({ services: [] });
  expect(await ask({ url: "iana", bootstrap })).toEqual({
    problem: expect.stringContaining("no registry for held.example") as string,
  });
});

test("a redirect is followed, three times at most, and never out of https into plain text or a private network", async () => {
  answer = (request, response) =>
    request.url === "/rdap/domain/held.example"
      ? response.writeHead(302, { location: "/elsewhere" }).end()
      : says(domain)(request, response);
  expect(await ask()).toEqual({ expiresAt });
  answer = (_request, response) => response.writeHead(302, { location: "/rdap/again" }).end();
  expect(await ask()).toEqual({ problem: "over 3 redirects" });
  expect(asked).toHaveLength(4);
  for (const location of ["http://192.0.2.1/x", "file:///etc/passwd", "ftp://127.0.0.1/", "http://user:x@127.0.0.1/"]) {
    answer = (_request, response) => response.writeHead(302, { location }).end();
    expect(await ask()).toEqual({ problem: expect.stringMatching(/is not https|password/) as string });
  }
});

test.each<[title: string, url: string, problem: RegExp]>([
  ["a private network", "https://10.0.0.1/", /no address that a public server can have/],
  ["this machine by name", "https://localhost/", /no address that a public server can have/],
  ["this machine by a mapped address", "https://[::ffff:127.0.0.1]/", /no address that a public server can have/],
  ["the address of a cloud's metadata", "https://169.254.169.254/latest", /no address that a public server can have/],
  ["plain text", "http://rdap.registry.example/", /is not https/],
  ["no URL", "registry", /is no URL/],
])("nothing is asked of %s unless it is configured", async (_title, url, problem) => {
  expect(await ask({ url, allowPrivate: false })).toEqual({ problem: expect.stringMatching(problem) as string });
  expect(asked).toEqual([]);
});

test.each<[title: string, listener: RequestListener, problem: RegExp]>([
  ["a domain that it does not know", says({ errorCode: 404 }, 404), /no such domain/],
  ["a fault of its own", says("", 500), /answers 500/],
  ["no JSON", says("<html>"), /no JSON object/],
  ["JSON nested without an end", says("[".repeat(100_000)), /no JSON object/],
  ["something else than a domain", says({ ...domain, objectClassName: "entity" }), /no domain/],
  ["another domain", says({ ...domain, ldhName: "other.example" }), /another domain/],
  ["a domain without a name", says({ ...domain, ldhName: 7 }), /another domain/],
  ["no end of the registration", says({ ...domain, events: "none" }), /does not say when/],
  ["an end that is no time", says({ ...domain, events: [{ ...expiration, eventDate: "soon" }] }), /does not say when/],
  ["an answer of many octets", says({ ...domain, remark: "x".repeat(300_000) }), /over 262144 octets/],
  [
    "an answer that is cut off",
    (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{", () => response.destroy());
    },
    /ECONNRESET|cut off|aborted/,
  ],
])("%s says nothing", async (_title, listener, problem) => {
  answer = listener;
  expect(await ask()).toEqual({ problem: expect.stringMatching(problem) as string });
});

test("a server that keeps silent, one that drips, and one that is not there are given up", async () => {
  answer = () => {};
  expect(await ask({ timeoutMs: 50 })).toEqual({ problem: "timeout" });
  answer = (_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(" "), 10);
    response.on("close", () => clearInterval(drip));
  };
  expect(await ask({ timeoutMs: 100 })).toEqual({ problem: "timeout" });
  expect(await ask({ url: "http://127.0.0.1:1/" })).toEqual({ problem: "ECONNREFUSED" });
});
