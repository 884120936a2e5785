package io.metalimages.artifact.lz4;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Findings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHash32;

/**
 * Reads a file as metal-hammer's decoder does (pierrec/lz4 version 4: one reader, no options), which takes some files
 * that it should not, and reports what in it is not as the contract wants it. The format is lz4's lz4_Frame_format.md.
 *
 * <p>Memory is some 24 MiB, whatever the file holds. Belongs to one thread.
 */
public final class Lz4FrameReader {

    /** Takes the plain content, piece by piece. */
    public interface Content {

        /** Takes {@code length} bytes of {@code bytes}, which belong to the caller again afterwards. */
        void accept(byte[] bytes, int offset, int length);
    }

    /** What the decoder says after the last byte of content. */
    public enum End {
        /** The end of the file, whether it is one or not. */
        CLEAN,
        /** An error. */
        BROKEN
    }

    private static final int MAGIC = 0x184D2204;
    private static final int LEGACY_MAGIC = 0x184C2102;

    /** The last four bits are free. */
    private static final int SKIPPABLE_MAGIC = 0x184D2A50;

    private static final int LEGACY_BLOCK = 8 << 20;

    private static final int DICTIONARY = 1;
    private static final int RESERVED = 1 << 1;
    private static final int CONTENT_CHECKSUM = 1 << 2;
    private static final int CONTENT_SIZE = 1 << 3;
    private static final int BLOCK_CHECKSUMS = 1 << 4;
    private static final int INDEPENDENT_BLOCKS = 1 << 5;
    private static final int STORED = 0x8000_0000;

    private final InputStream input;
    private final String path;
    private final Findings findings;
    private final Content content;
    private final boolean decoding;
    private final XXHash32 hash;
    private final StreamingXXHash32 contentHash;
    private final byte[] word = new byte[8];
    private long position;
    private long produced;

    /**
     * A reader.
     *
     * @param path what findings call the file
     * @param decoding whether the content is decoded; otherwise only the form of the frame is looked at
     */
    public Lz4FrameReader(
            InputStream input,
            String path,
            Findings findings,
            Compressor compressor,
            boolean decoding,
            Content content,
            StreamingXXHash32 contentHash) {
        this.input = input;
        this.path = path;
        this.findings = findings;
        this.content = content;
        this.decoding = decoding;
        this.hash = compressor.hash32();
        this.contentHash = contentHash;
    }

    /** Reads the file to its end. */
    public End read() throws IOException {
        while (true) {
            int magicBytes = readWord(4);
            if (magicBytes < 4) {
                find(
                        position == 0 ? CheckCode.NO_FRAME : CheckCode.TRUNCATED,
                        position == 0 ? "The file is empty." : "The file ends after " + position + " bytes.");
                return magicBytes == 0 ? End.CLEAN : End.BROKEN;
            }
            int magic = word();
            if (magic == MAGIC) {
                return readFrame();
            }
            if (magic == LEGACY_MAGIC) {
                find(CheckCode.LEGACY_FRAME, "The frame begins with the legacy format's magic number.");
                return readLegacyFrame();
            }
            if (magic >>> 8 != SKIPPABLE_MAGIC >>> 8) { // the decoder looks at no more of it
                find(
                        CheckCode.NO_FRAME,
                        "At byte %d is %08x, which is no magic number of LZ4.".formatted(position - 4, magic));
                return End.BROKEN;
            }
            find(CheckCode.SKIPPABLE_FRAME_FIRST, "It is at byte " + (position - 4) + ".");
            int sizeBytes = readWord(4);
            if (sizeBytes < 4) {
                find(CheckCode.TRUNCATED, "The file ends in the header of a skippable frame.");
                return sizeBytes == 0 ? End.CLEAN : End.BROKEN;
            }
            long size = Integer.toUnsignedLong(word());
            if (skip(size) < size) {
                find(CheckCode.TRUNCATED, "The file ends in a skippable frame.");
                return End.CLEAN;
            }
        }
    }

    private End readFrame() throws IOException {
        byte[] descriptor = new byte[11];
        int read = read(descriptor, 0, 3);
        if (read < 3) {
            return endInHeader(read);
        }
        int flags = descriptor[0] & 0xff;
        int length = 3;
        long size = -1;
        if ((flags & CONTENT_SIZE) != 0) {
            read = read(descriptor, 3, 8);
            if (read < 8) {
                return endInHeader(read);
            }
            length = 11;
            size = ByteBuffer.wrap(descriptor).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
        }
        boolean known = reportFlags(flags, descriptor[1] & 0xff);
        int sum = hash.hash(descriptor, 0, length - 1, 0) >>> 8 & 0xff;
        if (sum != (descriptor[length - 1] & 0xff)) {
            if (known) {
                find(CheckCode.FRAME_HEADER, "The checksum of the header does not fit.");
            }
            return End.BROKEN;
        }
        int largest = switch (descriptor[1] >> 4 & 7) {
            case 4 -> 64 << 10;
            case 5 -> 256 << 10;
            case 6 -> 1 << 20;
            case 7 -> Lz4Frame.LARGEST_BLOCK;
            default -> 0;
        };
        if (largest == 0) {
            find(CheckCode.FRAME_HEADER, "The header names no block size that there is.");
            return End.BROKEN;
        }
        return readBlocks(flags, largest, size);
    }

    private End endInHeader(int read) {
        find(CheckCode.TRUNCATED, "The file ends in the header of the frame.");
        return read == 0 ? End.CLEAN : End.BROKEN;
    }

    /** Whether the decoder knows the form of a header with these flags. */
    private boolean reportFlags(int flags, int blockDescriptor) {
        if (flags >>> 6 != 1 || (flags & RESERVED) != 0 || (blockDescriptor & 0x8f) != 0) {
            find(
                    CheckCode.FRAME_HEADER,
                    "The header (%02x %02x) is of another version of the format, or has reserved bits set."
                            .formatted(flags, blockDescriptor));
        }
        if ((flags & INDEPENDENT_BLOCKS) == 0) {
            find(CheckCode.LINKED_BLOCKS, "The header says so.");
        }
        if ((flags & BLOCK_CHECKSUMS) != 0) {
            find(CheckCode.BLOCK_CHECKSUMS, "The header says so.");
        }
        if ((flags & CONTENT_CHECKSUM) == 0) {
            find(CheckCode.CONTENT_CHECKSUM_MISSING, "The header says so.");
        }
        if ((flags & DICTIONARY) != 0) {
            find(CheckCode.DICTIONARY, "The header says so.");
            return false;
        }
        return true;
    }

    private End readBlocks(int flags, int largest, long size) throws IOException {
        BlockDecoder decoder = new BlockDecoder(decoding ? largest : 0, (flags & INDEPENDENT_BLOCKS) == 0);
        byte[] block = new byte[decoding ? largest : 0];
        while (true) {
            long start = position;
            int sizeBytes = readWord(4);
            if (sizeBytes < 4) {
                find(
                        sizeBytes == 0 ? CheckCode.END_MARK_MISSING : CheckCode.TRUNCATED,
                        "The file ends after " + position + " bytes, where a block should begin.");
                return sizeBytes == 0 ? End.CLEAN : End.BROKEN;
            }
            int sizeWord = word();
            if (sizeWord == 0) {
                return readEnd(flags, size);
            }
            int length = sizeWord & ~STORED;
            if (length > largest) {
                find(
                        CheckCode.CORRUPT_BLOCK,
                        "The block at byte " + start + " has " + length + " bytes, more than a block may have here.");
                return End.BROKEN;
            }
            long got = decoding ? read(block, 0, length) : skip(length);
            if (got < length) {
                find(CheckCode.TRUNCATED, "The file ends in the block that begins at byte " + start + ".");
                return got == 0 ? End.CLEAN : End.BROKEN;
            }
            OptionalInt plain = OptionalInt.of(0);
            if (decoding) {
                plain = (sizeWord & STORED) != 0
                        ? OptionalInt.of(decoder.store(block, length))
                        : decoder.decode(block, length);
            }
            if ((flags & BLOCK_CHECKSUMS) != 0) {
                int sumBytes = readWord(4);
                if (sumBytes < 4) {
                    find(CheckCode.TRUNCATED, "The file ends behind the block that begins at byte " + start + ".");
                    return sumBytes == 0 ? End.CLEAN : End.BROKEN;
                }
            }
            if (plain.isEmpty()) {
                find(CheckCode.CORRUPT_BLOCK, "The block at byte " + start + " cannot be decoded.");
                return End.BROKEN;
            }
            if (decoding
                    && (flags & BLOCK_CHECKSUMS) != 0
                    // The decoder takes the sum of the plain bytes, where the format has that of the block's.
                    && hash.hash(decoder.plain(), decoder.offset(), plain.getAsInt(), 0) != word()) {
                return End.BROKEN;
            }
            pass(decoder, plain.getAsInt());
        }
    }

    private void pass(BlockDecoder decoder, int length) {
        produced += length;
        if (decoding) {
            contentHash.update(decoder.plain(), decoder.offset(), length);
            content.accept(decoder.plain(), decoder.offset(), length);
        }
    }

    private End readEnd(int flags, long size) throws IOException {
        if (decoding && size >= 0 && size != produced) {
            find(
                    CheckCode.CONTENT_SIZE_WRONG,
                    "The header says " + size + " bytes, and there are " + produced + " bytes.");
        }
        End end = End.CLEAN;
        if ((flags & CONTENT_CHECKSUM) != 0) {
            int sumBytes = readWord(4);
            if (sumBytes < 4) {
                find(CheckCode.TRUNCATED, "The file ends before the checksum of its content.");
                return sumBytes == 0 ? End.CLEAN : End.BROKEN;
            }
            if (decoding && contentHash.getValue() != word()) {
                find(
                        CheckCode.CONTENT_CHECKSUM_WRONG,
                        "The checksum is %08x, and that of the content %08x."
                                .formatted(word(), contentHash.getValue()));
                end = End.BROKEN;
            }
        }
        reportRest();
        return end;
    }

    private void reportRest() throws IOException {
        long start = position;
        int read = readWord(4);
        if (read == 0) {
            return;
        }
        int magic = word();
        if (read == 4 && (magic == MAGIC || magic == LEGACY_MAGIC)) {
            find(
                    CheckCode.SEVERAL_FRAMES,
                    "The first frame ends at byte " + start + ", and the next one begins there.");
        } else if (read == 4 && isSkippable(magic)) {
            find(CheckCode.SKIPPABLE_FRAME_BEHIND, "The frame ends at byte " + start + ", and it begins there.");
        } else {
            find(CheckCode.TRAILING_DATA, "The frame ends at byte " + start + ".");
        }
    }

    private End readLegacyFrame() throws IOException {
        BlockDecoder decoder = new BlockDecoder(decoding ? LEGACY_BLOCK : 0, true);
        byte[] block = new byte[decoding ? LEGACY_BLOCK : 0];
        while (true) {
            long start = position;
            int sizeBytes = readWord(4);
            if (sizeBytes < 4) {
                if (sizeBytes > 0) {
                    find(CheckCode.TRUNCATED, "The file ends after " + position + " bytes.");
                }
                return sizeBytes == 0 ? End.CLEAN : End.BROKEN;
            }
            int sizeWord = word();
            if (sizeWord == LEGACY_MAGIC) {
                continue; // a further frame of this format is read on
            }
            if (sizeWord == (int) produced) {
                reportRest(); // the kernel's build puts the size at the end
                return End.CLEAN;
            }
            int length = sizeWord & ~STORED;
            if (length > LEGACY_BLOCK) {
                boolean frame = sizeWord == MAGIC || isSkippable(sizeWord);
                find(
                        frame ? CheckCode.SEVERAL_FRAMES : CheckCode.CORRUPT_BLOCK,
                        "At byte " + start + " is no block of the legacy format.");
                return End.BROKEN;
            }
            long got = decoding ? read(block, 0, length) : skip(length);
            if (got < length) {
                find(CheckCode.TRUNCATED, "The file ends in the block that begins at byte " + start + ".");
                return got == 0 ? End.CLEAN : End.BROKEN;
            }
            OptionalInt plain = OptionalInt.of(0);
            if (decoding) {
                plain = (sizeWord & STORED) != 0
                        ? OptionalInt.of(decoder.store(block, length))
                        : decoder.decode(block, length);
            }
            if (plain.isEmpty()) {
                find(CheckCode.CORRUPT_BLOCK, "The block at byte " + start + " cannot be decoded.");
                return End.BROKEN;
            }
            pass(decoder, plain.getAsInt());
        }
    }

    private static boolean isSkippable(int magic) {
        return magic >>> 4 == SKIPPABLE_MAGIC >>> 4;
    }

    private void find(CheckCode code, String detail) {
        findings.add(code, path, detail);
    }

    private int word() {
        return ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    private int readWord(int length) throws IOException {
        return read(word, 0, length);
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        int read = input.readNBytes(into, offset, length);
        position += read;
        return read;
    }

    private long skip(long length) throws IOException {
        long skipped = 0;
        while (skipped < length) {
            long step = input.skip(length - skipped);
            if (step == 0) {
                if (input.read() < 0) {
                    break;
                }
                step = 1;
            }
            skipped += step;
        }
        position += skipped;
        return skipped;
    }
}
