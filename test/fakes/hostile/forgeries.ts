import { formatMessage, TYPE, type Message } from "chancery/dns";
import { atKey, send, type Behaviour, type Reply, type Sent } from "./behaviour.ts";

/** The octets of a message under another identifier. */
function renumbered(message: Message): Sent {
  return { octets: formatMessage({ ...message, id: message.id ^ 0x5555 }) };
}
const asked = (message: Message, name: string, type: number): Message => ({
  ...message,
  questions: message.questions.map((question) => ({ ...question, name, type })),
});
const lowerCase = (message: Message): Message => ({
  ...message,
  questions: message.questions.map((question) => ({ ...question, name: question.name.toLowerCase() })),
});
const genuine = (message: Message): Sent => ({ octets: formatMessage(message) });
const often = (count: number, sent: Sent): Reply => Array.from({ length: count }, () => sent);

/** Replies that are none to our question, alone or in front of the true one (RFC 5452). */
export const forgeries = {
  "wrong-id": { does: "answers under another identifier", reply: atKey((_, sound) => [renumbered(sound)]) },
  "wrong-question": {
    does: "answers another question",
    reply: atKey(({ zone, type }, sound) => send(asked(sound, `s2._domainkey.${zone}`, type))),
  },
  "wrong-type": {
    does: "answers for another type",
    reply: atKey(({ name }, sound) => send(asked(sound, name, TYPE.A))),
  },
  "wrong-case": {
    does: "writes the question in lower case",
    reply: atKey((_, sound) => send(lowerCase(sound))),
  },
  "wrong-source": {
    does: "answers from another address",
    reply: atKey((_, sound) => [{ octets: formatMessage(sound), from: "elsewhere" }]),
  },
  "no-response-bit": {
    does: "sends the query back with an answer in it",
    reply: atKey((_, sound) => send({ ...sound, response: false })),
  },
  "two-questions": {
    does: "answers two questions where one was asked",
    reply: atKey((_, sound) => send({ ...sound, questions: [...sound.questions, ...sound.questions] })),
  },
  "forged-before-true": {
    does: "lets three guesses of the identifier come before the true reply over UDP",
    reply: atKey(({ transport }, sound) => [...often(transport === "udp" ? 3 : 0, renumbered(sound)), genuine(sound)]),
  },
  "storm-of-forgeries": {
    does: "sends forty guesses over UDP and is sound over TCP",
    reply: atKey(({ transport }, sound) => (transport === "tcp" ? send(sound) : often(40, renumbered(sound)))),
  },
} as const satisfies Record<string, Behaviour>;
