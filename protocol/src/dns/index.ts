export * from "./message.ts";
export * from "./name.ts";
export * from "./record-address.ts";
export * from "./record.ts";
export * from "./rdata.ts";
export * from "./zone-file.ts";
