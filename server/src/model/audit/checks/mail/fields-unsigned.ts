import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { SeenSignature } from "../../evidence/mail.ts";
import { counted, messageLines, oneOf } from "./mail-lines.ts";
import { offersOneClick } from "./one-click.ts";
import { alignedSignatures, byKeyName, type Signed } from "./signed-mail.ts";

/** What a reader goes by (RFC 6376 §5.4.1, RFC 8058 §4). From is always signed, or the signature is none. */
const goneBy: readonly string[] = ["subject", "date", "list-unsubscribe", "list-unsubscribe-post"];
/** What tells whom it is between; some large services do not sign it, and nobody can make them. */
const between: readonly string[] = ["to", "cc", "reply-to", "sender", "message-id"];
/** What tells how to show the body: who may change it and add to the body (`l=`) shows another message. */
const formOfBody: readonly string[] = ["mime-version", "content-type", "content-transfer-encoding"];

/** What of a message is not signed by any of its passing, aligned signatures. */
function unsignedOf({ message, signature }: Signed): { fields: string[]; severity: "medium" | "low" | undefined } {
  const passing = message.signatures.filter(({ aligned, standing }) => aligned === "yes" && standing === "pass");
  const open = message.presentFields.filter((name) => !passing.some(({ signedFields }) => signedFields.includes(name)));
  // The offer to unsubscribe has a finding of its own.
  const people = open.filter((name) => goneBy.includes(name) && !(name.startsWith("list-") && offersOneClick(message)));
  const form = signature.bodyLength === undefined ? [] : open.filter((name) => formOfBody.includes(name));
  const fields = [...people, ...form, ...open.filter((name) => between.includes(name))];
  return { fields, severity: people.length + form.length > 0 ? "medium" : fields.length > 0 ? "low" : undefined };
}

/** Signing more than is there, so that nothing can be added, is good practice; leaving it out alone is no finding. */
export const fieldsUnsigned: Check = {
  name: "fields-unsigned",
  title: "Signatures cover what readers act on",
  codes: ["FieldsUnsigned"],
  look: (evidence) => {
    if (evidence.mail === undefined) return needsEvidence("messages as a receiver has them (--mail FILE)");
    const passing = onePerMessage(alignedSignatures(evidence).filter(({ signature }) => signature.standing === "pass"));
    if (passing.length === 0) return doesNotApply;
    return outcomeOf([...byKeyName(passing)].flatMap(([keyName, signed]) => findingOf(keyName, signed)));
  },
};

/** Where several signatures pass, what one of them covers is covered; the first stands for all. */
const onePerMessage = (signed: readonly Signed[]): Signed[] =>
  signed.filter(({ message }, at) => signed[at - 1]?.message !== message);

function findingOf(keyName: string, signed: readonly Signed[]): AuditFinding[] {
  const wrong = signed.filter((one) => unsignedOf(one).severity !== undefined);
  const [first] = wrong;
  if (first === undefined) return [];
  const fields = [...new Set(wrong.flatMap((one) => unsignedOf(one).fields))];
  return [
    {
      code: "FieldsUnsigned",
      severity: wrong.some((one) => unsignedOf(one).severity === "medium") ? "medium" : "low",
      subject: keyName,
      summary: `${first.signature.selector} leaves ${oneOf(fields)} unsigned in ${counted(wrong.length, "message")}: who passes the message on can change ${fields.length === 1 ? "it" : "them"}`,
      evidence: messageLines(
        wrong.map(({ message }) => message),
        (message) =>
          `h=${first.signature.signedFields.join(":")}; not signed: ${unsignedOf(wrong.find((one) => one.message === message)!).fields.join(", ")}${addable(first.signature)}`,
      ),
      remedy: `have ${oneOf(fields)} signed (h=) where this mail is signed, each once more than it occurs`,
      commands: [],
    },
  ];
}

/** Of what misleads when a second one is added: what is signed once only. */
function addable({ signedFields }: SeenSignature): string {
  const once = ["from", "subject", "to", "date"].filter(
    (name) => signedFields.filter((one) => one === name).length === 1,
  );
  return once.length === 0 ? "" : `; a second one can be added of ${once.join(", ")}`;
}
