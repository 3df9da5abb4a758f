import { type SpfMechanism, type SpfTerm, type SpfTree } from "chancery/policy";
import { type AuditFinding, doesNotApply } from "../../check.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

type Read = Extract<SpfTree, { state: "present" }>;

/** Whom the SPF record lets send: not everybody, and it says so of the rest. */
export const spfReach = postureCheck({
  name: "spf-reach",
  title: "The SPF record lets some addresses send, and not all",
  codes: ["SpfPassesAll", "SpfOpenEnded", "SpfUsesPtr"],
  needs: "apex",
  look: ({ posture: { spf } }) => {
    if (spf.state === "unknown") return unanswered;
    if (spf.state !== "present") return doesNotApply;
    const findings: AuditFinding[] = [];
    const evidence = [recordSeen(spf.domain, spf.text)];
    const open = passesAll(spf);
    if (open !== undefined)
      findings.push(
        tell({
          code: "SpfPassesAll",
          severity: "medium",
          at: spf.domain,
          summary: `the SPF record lets every address send: ${open.text} of ${open.domain} matches all`,
          evidence: open.domain === spf.domain ? evidence : [...evidence, `${open.domain} says ${open.text}`],
          remedy: "name the addresses and providers that send for you, and end the record with ~all or -all",
        }),
      );
    else if (isOpenEnded(spf))
      findings.push(
        tell({
          code: "SpfOpenEnded",
          severity: "low",
          at: spf.domain,
          summary: "the SPF record says nothing of addresses that it does not list",
          evidence,
          remedy: "end the record with ~all, or with -all once every sender is listed",
        }),
      );
    if (spf.record.directives.some(({ mechanism }) => mechanism.kind === "ptr"))
      findings.push(
        tell({
          code: "SpfUsesPtr",
          severity: "low",
          at: spf.domain,
          summary: "the SPF record uses ptr, which is slow, unreliable and not to be used (RFC 7208 §5.5)",
          evidence,
          remedy: "replace ptr by the addresses of the hosts that it stands for",
        }),
      );
    return findings;
  },
});

/** The term that matches every address with a pass, in the order of evaluation; undefined where there is none. */
function passesAll(tree: Read): { domain: string; text: string } | undefined {
  for (const { qualifier, mechanism, text } of tree.record.directives) {
    const isPass = qualifier === "pass";
    if (isPass && coversAll(mechanism)) return { domain: tree.domain, text };
    if (mechanism.kind === "all") return undefined;
    const below = isPass && mechanism.kind === "include" ? treeOf(tree, text) : undefined;
    const open = below && passesAll(below);
    if (open !== undefined) return open;
  }
  const target = redirected(tree);
  return target && passesAll(target);
}

const coversAll = (mechanism: SpfMechanism): boolean =>
  mechanism.kind === "all" || ((mechanism.kind === "ip4" || mechanism.kind === "ip6") && mechanism.bits === 0);

/** No `all` and no redirect, or an `all` that says neither yes nor no. What a redirect leads to decides in its place. */
function isOpenEnded(tree: Read): boolean {
  const all = tree.record.directives.find(({ mechanism }) => mechanism.kind === "all");
  if (all !== undefined) return all.qualifier === "neutral";
  if (tree.record.redirect === undefined) return true;
  const target = redirected(tree);
  return target !== undefined && isOpenEnded(target);
}

/** Whether some address, of somebody who is named, may send. A record that cannot be read was still meant to. */
export function allowsSomeone(tree: SpfTree): boolean {
  if (tree.state === "malformed" || tree.state === "several") return true;
  if (tree.state !== "present") return false;
  if (tree.record.redirect !== undefined) {
    const target = redirected(tree);
    return target === undefined || allowsSomeone(target);
  }
  return tree.record.directives.some(({ qualifier, mechanism }) => mechanism.kind !== "all" && qualifier !== "fail");
}

/** Whether the record refuses every address, by itself or by the one it redirects to. */
export function refusesAll(tree: SpfTree): boolean {
  if (tree.state !== "present") return false;
  const { directives, redirect } = tree.record;
  if (directives.length === 0 && redirect !== undefined) {
    const target = redirected(tree);
    return target !== undefined && refusesAll(target);
  }
  return directives.at(-1)?.mechanism.kind === "all" && directives.every(({ qualifier }) => qualifier === "fail");
}

const treeOf = (tree: Read, text: string): Read | undefined => read(tree.terms.find((term) => term.text === text));
const redirected = (tree: Read): Read | undefined => read(tree.terms.find(({ kind }) => kind === "redirect"));
const read = (term: SpfTerm | undefined): Read | undefined => (term?.tree?.state === "present" ? term.tree : undefined);
