export { parseAddressList, type Address, type AddressList } from "./address.ts";
export { authorOf, authorshipOf, type Author, type Authorship } from "./author.ts";
export { isAtOrBelow, parseDomain } from "./domain.ts";
export { fieldValue, headerField, headerFieldsMax, headerOctetsMax, splitHeader, type HeaderField } from "./header.ts";
export { feedMessage, splitMessage, type Message, type MessageSink, type MessageSource } from "./message.ts";
export { asciiLowerCase, decodeUtf8, isAscii, octetsOf, octetText, trimFws } from "./octets.ts";
