import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfSignedCertificate } from "../smtp-relay/self-signed.ts";
import { fetchPolicyFile, type FetchOptions, type PolicyFile } from "./fetch-policy.ts";

const host = "mta-sts.example.com";
const certificate = selfSignedCertificate({ hostname: host, now: Math.floor(Date.now() / 1000) });
let answer: RequestListener;
let server: Server;

beforeAll(async () => {
  server = createServer(certificate, (request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

const fetched = (more: FetchOptions = {}, name = host, addresses = ["127.0.0.1"]): Promise<PolicyFile> =>
  fetchPolicyFile(name, addresses, {
    port: (server.address() as AddressInfo).port,
    ca: certificate.cert,
    mayAsk: () => true,
    ...more,
  });

const says =
  (status: number, type: string, body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { "content-type": type, location: "https://example.net/" }).end(body);
  };

test("STS-02 the file comes from its well-known place", async () => {
  answer = ({ url, headers }, response) =>
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(`${headers.host} ${url}`);
  expect(await fetched()).toEqual({ state: "fetched", text: `${host} /.well-known/mta-sts.txt` });
});

test.each<[title: string, status: number, type: string, body: string, problem: RegExp]>([
  ["STS-02 a redirect is not followed", 301, "text/plain", "", /redirects \(301\)/],
  ["no such file", 404, "text/plain", "", /answers 404/],
  ["STS-02 a page", 200, "text/html", "<p>", /text\/html/],
  ["another type that begins alike", 200, "text/plainer", "", /text\/plainer/],
  ["more than 64 KiB", 200, "text/plain", "x".repeat(70_000), /over 65536/],
])("%s", async (_title, status, type, body, problem) => {
  answer = says(status, type, body);
  expect(await fetched()).toMatchObject({ state: "refused", problem: expect.stringMatching(problem) as string });
});

test("STS-02 the certificate has to be valid, and for that host", async () => {
  answer = says(200, "text/plain", "");
  const problem = expect.stringContaining("certificate is not valid") as string;
  expect(await fetched({}, "mta-sts.example.net")).toMatchObject({ state: "refused", problem });
  const { ca: _, ...options } = { ca: "", port: (server.address() as AddressInfo).port, mayAsk: () => true };
  expect(await fetchPolicyFile(host, ["127.0.0.1"], options)).toMatchObject({ state: "refused", problem });
});

test("an address of a private network is not asked", async () => {
  answer = says(200, "text/plain", "");
  const { mayAsk: _, ...options } = { mayAsk: 0, port: (server.address() as AddressInfo).port };
  expect(await fetchPolicyFile(host, ["127.0.0.1", "10.0.0.1", "::1"], options)).toMatchObject({ state: "refused" });
});

test("a server that keeps silent, and one that is not there, are unknown", async () => {
  answer = () => {};
  expect(await fetched({ timeoutMs: 100 })).toEqual({ state: "unknown", reason: "timeout" });
  expect(await fetched({ port: 1 })).toEqual({ state: "unknown", reason: "ECONNREFUSED" });
});
