import { fromBufferPromise, type Entry, type ZipFile } from "yauzl";
import { inflate, plain, type Budget } from "./inflate.ts";
import type { ReportLimits } from "./limits.ts";
import { shownName, type Member } from "./member.ts";
import { quarantine, type Quarantine } from "./quarantine.ts";

/** Compression methods of PKZIP's APPNOTE §4.4.5. */
const stored = 0;
const deflated = 8;

/**
 * The members of a zip archive. Nothing is written anywhere, names are for display, and sizes that the archive declares are not
 * believed: `inflate` counts.
 */
export async function unzip(
  archive: Uint8Array,
  limits: ReportLimits,
  budget: Budget,
): Promise<{ ok: true; members: Member[] } | { ok: false; quarantine: Quarantine }> {
  const refuse = (reason: Quarantine) => ({ ok: false as const, quarantine: reason });
  const octets = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const members: Member[] = [];
  try {
    // Names are left undecoded, or one that climbs out of its folder would be an error before it is seen to be harmless.
    const zip = await fromBufferPromise(octets, { lazyEntries: true, decodeStrings: false });
    if (zip.entryCount > limits.membersMax) {
      return refuse(quarantine("too-many-members", `${zip.entryCount} members in one archive`));
    }
    for await (const entry of zip.eachEntry()) {
      const name = shownName(Buffer.from(entry.fileNameRaw).toString("utf8"));
      if (name.endsWith("/")) continue;
      if (entry.isEncrypted()) return refuse(quarantine("encrypted-archive", "a member is encrypted"));
      const compressed = await compressedOctets(zip, entry, octets);
      if (entry.compressionMethod === deflated)
        members.push({ path: [name], pieces: inflate(compressed, "deflate-raw", limits, budget) });
      else if (entry.compressionMethod === stored) members.push({ path: [name], pieces: plain(compressed) });
      else return refuse(quarantine("broken-archive", "a member is compressed in a way that no report is"));
    }
  } catch {
    return refuse(quarantine("broken-archive", "the archive is damaged or cut off"));
  }
  return { ok: true, members };
}

async function compressedOctets(zip: ZipFile, entry: Entry, archive: Buffer): Promise<Buffer> {
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  return archive.subarray(fileDataStart, fileDataStart + entry.compressedSize);
}
