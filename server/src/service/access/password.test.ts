import { expect, test } from "vitest";
import { hashPassword, PasswordMemory, passwordMatches } from "./password.ts";

test("a stored password matches itself alone, and two hashes of it differ", async () => {
  const stored = await hashPassword("correct horse battery");
  expect(stored).not.toBe(await hashPassword("correct horse battery"));
  expect(stored).not.toContain("horse");
  expect(await passwordMatches("correct horse battery", stored)).toBe(true);
  expect(await passwordMatches("correct horse batterz", stored)).toBe(false);
  expect(await passwordMatches("", stored)).toBe(false);
  expect(await passwordMatches("x", "plain")).toBe(false);
});

test("a password that was changed is not remembered", async () => {
  const memory = new PasswordMemory();
  const before = await hashPassword("the first password");
  expect(await memory.matches("the first password", before)).toBe(true);
  expect(await memory.matches("the first password", before)).toBe(true);
  expect(await memory.matches("the first password", await hashPassword("the second password"))).toBe(false);
});
