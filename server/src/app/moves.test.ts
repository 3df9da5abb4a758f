import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { newId } from "../engine/database/id.ts";
import { describeMovesOfMethods } from "./moves.suite.ts";
import type { MethodName } from "../model/delegation/delegation.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-moves-"));
afterAll(() => rmSync(folder, { recursive: true }));

const all: MethodName[] = ["cname-ring", "txt", "cname-series", "ns-branch", "ns-domainkey", "ns-subdomain", "customer-key"];
const pairs = all.flatMap((from) => all.filter((to) => to !== from && (to==="ns-subdomain"||to==="customer-key"||from==="ns-domainkey"||from=="ns-subdomain"||from=="customer-key")).map((to) => from==="cname-ring"?[from,to]:["cname-ring" as const, from, to] as const));

describeMovesOfMethods(() => ({ file: join(folder, `${newId("dom")}.db`) }), pairs);
