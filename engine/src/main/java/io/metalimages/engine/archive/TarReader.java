package io.metalimages.engine.archive;

import io.metalimages.common.linux.FileNames;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive from its beginning to its end: ustar, GNU's and POSIX's extensions, old archives. Names are bytes, as
 * in the file system. Belongs to one thread.
 */
final class TarReader {

    private static final int BLOCK = 512;

    /** Of headers that describe the next one. */
    private static final int LONGEST_EXTENSION = 1 << 20;

    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_LENGTH = 8;
    private static final String ATTRIBUTE = "SCHILY.xattr.";
    private static final String SPARSE = "GNU.sparse.";

    private final InputStream input;
    private final Map<String, byte[]> global = new HashMap<>();
    private long globalBytes;
    private long remaining;
    private int padding;

    TarReader(InputStream input) {
        this.input = input;
    }

    /** The next entry; empty at the end. What was not read of the content of the one before is passed over. */
    Optional<TarEntry> next() throws IOException {
        Map<String, byte[]> extensions = new HashMap<>(global);
        long extensionBytes = 0;
        while (true) {
            passOver();
            byte[] header = header();
            if (header.length == 0) {
                return Optional.empty();
            }
            long size = number(header, 124, 12);
            char type = (char) (header[156] & 0xff);
            if (type == 'g') {
                globalBytes = requireShort(globalBytes, size);
            } else if (type == 'x' || type == 'L' || type == 'K') {
                extensionBytes = requireShort(extensionBytes, size);
            }
            switch (type) {
                case 'x' -> records(extension(size), extensions);
                case 'g' -> {
                    records(extension(size), global);
                    extensions.putAll(global);
                }
                case 'L' -> extensions.put("path", withoutZeros(extension(size)));
                case 'K' -> extensions.put("linkpath", withoutZeros(extension(size)));
                default -> {
                    return Optional.of(entry(header, type, size, extensions));
                }
            }
        }
    }

    /** The content of the entry that was read last. */
    InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (remaining == 0) {
                    return -1;
                }
                int count = input.read(buffer, offset, (int) Math.min(length, remaining));
                if (count < 0) {
                    throw new InvalidArchiveException("it ends in the middle of a file");
                }
                remaining -= count;
                return count;
            }
        };
    }

    private void passOver() throws IOException {
        try {
            input.skipNBytes(remaining + padding);
        } catch (java.io.EOFException e) {
            throw new InvalidArchiveException("it ends in the middle of a file");
        }
        remaining = 0;
        padding = 0;
    }

    /** Empty at the end of the archive. */
    private byte[] header() throws IOException {
        byte[] header = input.readNBytes(BLOCK);
        if (header.length == 0 || isZero(header)) {
            return new byte[0];
        }
        if (header.length < BLOCK) {
            throw new InvalidArchiveException("it ends in the middle of a header");
        }
        long unsigned = 0;
        long signed = 0;
        for (int position = 0; position < BLOCK; position++) {
            boolean ofChecksum = position >= CHECKSUM && position < CHECKSUM + CHECKSUM_LENGTH;
            unsigned += ofChecksum ? ' ' : header[position] & 0xff;
            signed += ofChecksum ? ' ' : header[position];
        }
        long checksum = number(header, CHECKSUM, CHECKSUM_LENGTH);
        if (checksum != unsigned && checksum != signed) {
            throw new InvalidArchiveException("a header does not have its checksum");
        }
        return header;
    }

    private static boolean isZero(byte[] bytes) {
        for (byte one : bytes) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    /** The sum; headers that describe the next one, or all that follow, are kept in memory. */
    private static long requireShort(long before, long size) throws InvalidArchiveException {
        if (size < 0 || size > LONGEST_EXTENSION - before) {
            throw new InvalidArchiveException("a header has more than " + LONGEST_EXTENSION + " bytes");
        }
        return before + size;
    }

    private byte[] extension(long size) throws IOException {
        begin(size);
        return content().readAllBytes();
    }

    private void begin(long size) throws InvalidArchiveException {
        if (size < 0 || size > Long.MAX_VALUE - BLOCK) {
            throw new InvalidArchiveException("a file has a size that is none");
        }
        remaining = size;
        padding = (int) (-size & (BLOCK - 1));
    }

    /** Adds the records of a POSIX header, {@code LENGTH KEY=VALUE\n}; an empty value takes a record away. */
    private static void records(byte[] content, Map<String, byte[]> records) throws InvalidArchiveException {
        int start = 0;
        while (start < content.length) {
            int blank = indexOf(content, ' ', start);
            int length = blank < 0 ? 0 : decimal(content, start, blank);
            int end = start + length;
            int equals = indexOf(content, '=', blank);
            if (length <= blank - start || end > content.length || equals < 0 || equals >= end) {
                throw new InvalidArchiveException("a record of a header is malformed");
            }
            String key = new String(content, blank + 1, equals - blank - 1, StandardCharsets.UTF_8);
            byte[] value = Arrays.copyOfRange(content, equals + 1, end - 1);
            if (value.length == 0) {
                records.remove(key);
            } else {
                records.put(key, value);
            }
            start = end;
        }
    }

    private static int indexOf(byte[] content, char wanted, int start) {
        for (int position = Math.max(0, start); position < content.length; position++) {
            if (content[position] == wanted) {
                return position;
            }
        }
        return -1;
    }

    private static int decimal(byte[] content, int start, int end) {
        try {
            return Integer.parseInt(new String(content, start, end - start, StandardCharsets.US_ASCII));
        } catch (NumberFormatException malformed) {
            return 0;
        }
    }

    private TarEntry entry(byte[] header, char type, long headerSize, Map<String, byte[]> extensions)
            throws IOException {
        if (extensions.keySet().stream().anyMatch(key -> key.startsWith(SPARSE))) {
            throw new InvalidArchiveException("it has a sparse file, which is not supported");
        }
        String name = text(extensions.get("path")).orElseGet(() -> name(header));
        long size = decimal(extensions, "size", headerSize);
        TarEntry.Type kind = type(type, name);
        boolean hasContent = kind == TarEntry.Type.FILE;
        begin(hasContent ? size : 0);
        Map<String, byte[]> attributes = new HashMap<>();
        extensions.forEach((key, value) -> {
            if (key.startsWith(ATTRIBUTE)) {
                attributes.put(key.substring(ATTRIBUTE.length()), value);
            }
        });
        return new TarEntry(
                name,
                kind,
                (int) number(header, 100, 8) & 07777,
                (int) decimal(extensions, "uid", number(header, 108, 8)),
                (int) decimal(extensions, "gid", number(header, 116, 8)),
                hasContent ? size : 0,
                modified(header, extensions),
                text(extensions.get("linkpath")).orElseGet(() -> text(header, 157, 100)),
                device(number(header, 329, 8), number(header, 337, 8)),
                attributes);
    }

    private static TarEntry.Type type(char type, String name) throws InvalidArchiveException {
        return switch (type) {
            case '0', '\0', '7' -> name.endsWith("/") ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
            case '1' -> TarEntry.Type.HARD_LINK;
            case '2' -> TarEntry.Type.SYMBOLIC_LINK;
            case '3' -> TarEntry.Type.CHARACTER_DEVICE;
            case '4' -> TarEntry.Type.BLOCK_DEVICE;
            case '5' -> TarEntry.Type.DIRECTORY;
            case '6' -> TarEntry.Type.PIPE;
            case 'S' -> throw new InvalidArchiveException("it has a sparse file, which is not supported");
            default -> throw new InvalidArchiveException("it has an entry of an unknown type, " + (int) type);
        };
    }

    private static String name(byte[] header) {
        String name = text(header, 0, 100);
        boolean posix = new String(header, 257, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
        String prefix = posix ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static FileTime modified(byte[] header, Map<String, byte[]> extensions) throws InvalidArchiveException {
        byte[] precise = extensions.get("mtime");
        if (precise == null) {
            return FileTime.from(Instant.ofEpochSecond(number(header, 136, 12)));
        }
        try {
            BigDecimal seconds = new BigDecimal(new String(precise, StandardCharsets.US_ASCII));
            return FileTime.from(Instant.ofEpochSecond(0, 0)
                    .plusNanos(seconds.movePointRight(9).toBigInteger().longValueExact()));
        } catch (ArithmeticException | NumberFormatException e) {
            throw new InvalidArchiveException("a file has a time that is none");
        }
    }

    private static long decimal(Map<String, byte[]> extensions, String key, long otherwise)
            throws InvalidArchiveException {
        byte[] value = extensions.get(key);
        if (value == null) {
            return otherwise;
        }
        try {
            return Long.parseLong(new String(value, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            throw new InvalidArchiveException("the " + key + " of a file is no number");
        }
    }

    /** Octal digits, or, with the highest bit set, two's complement. */
    private static long number(byte[] header, int offset, int length) throws InvalidArchiveException {
        if ((header[offset] & 0x80) != 0) {
            long number = (header[offset] & 0x40) == 0 ? header[offset] & 0x3f : header[offset];
            for (int position = offset + 1; position < offset + length; position++) {
                if (number > Long.MAX_VALUE >> 8 || number < Long.MIN_VALUE >> 8) {
                    throw new InvalidArchiveException("a header has a number that is too large");
                }
                number = number << 8 | (header[position] & 0xff);
            }
            return number;
        }
        String digits = new String(header, offset, length, StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        if (digits.isEmpty()) {
            return 0;
        }
        try {
            return Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new InvalidArchiveException("a header has a number that is none");
        }
    }

    /** As {@code makedev} has it. */
    private static long device(long major, long minor) {
        return ((major & 0xffff_f000L) << 32)
                | ((major & 0xfff) << 8)
                | ((minor & 0xffff_ff00L) << 12)
                | (minor & 0xff);
    }

    private static Optional<String> text(byte @Nullable [] value) {
        return Optional.ofNullable(value).map(FileNames::decode);
    }

    private static String text(byte[] header, int offset, int length) {
        return FileNames.decode(withoutZeros(Arrays.copyOfRange(header, offset, offset + length)));
    }

    private static byte[] withoutZeros(byte[] text) {
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return Arrays.copyOf(text, end);
    }
}
