import type { AlignmentMode, FailureOption, Policy } from "./policy-record.ts";

/** What to publish. Absent members are left out of the record, so that the standard's default stands. */
export type PolicyRecordContent = {
  p: Policy;
  sp?: Policy | undefined;
  np?: Policy | undefined;
  psd?: "y" | "n" | "u" | undefined;
  testing?: boolean | undefined;
  adkim?: AlignmentMode | undefined;
  aspf?: AlignmentMode | undefined;
  rua?: readonly { uri: string }[] | undefined;
  ruf?: readonly { uri: string }[] | undefined;
  fo?: readonly FailureOption[] | undefined;
};

/**
 * The text of a policy record (RFC 9989 §4.8). What a URI may not hold in a record (comma, `!`, `;`, white space, everything
 * beyond ASCII) is percent-encoded.
 */
export function formatPolicyRecord(content: PolicyRecordContent): string {
  const { sp, np, psd, testing, adkim, aspf, rua = [], ruf = [], fo = [] } = content;
  const tags = ["v=DMARC1", `p=${content.p}`];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") tags.push(`${name}=${value}`);
  };
  add("sp", sp);
  add("np", np);
  add("psd", psd === "u" ? undefined : psd);
  add("t", testing === true ? "y" : undefined);
  add("adkim", adkim === "strict" ? "s" : undefined);
  add("aspf", aspf === "strict" ? "s" : undefined);
  add("rua", rua.map(({ uri }) => encodeUri(uri)).join(","));
  add("ruf", ruf.map(({ uri }) => encodeUri(uri)).join(","));
  add("fo", ruf.length === 0 || fo.join() === "0" ? undefined : fo.join(":"));
  return tags.join("; ");
}

const encodeUri = (uri: string): string =>
  uri.replace(/[^\x21-\x7e]|[,!;"<>\\^`{|}]/gu, (character) =>
    [...Buffer.from(character)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
