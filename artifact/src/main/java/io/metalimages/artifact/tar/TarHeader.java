package io.metalimages.artifact.tar;

import io.metalimages.common.linux.FileNames;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The header of a tar entry: POSIX ustar (IEEE Std 1003.1, pax, "ustar Interchange Format"), preceded by a pax extended
 * header where ustar cannot say it: names that don't fit or aren't ASCII, sizes from 8 GiB, ids from 2,097,152, and
 * extended attributes as {@code SCHILY.xattr.NAME}, the form that GNU tar, libarchive and Go read.
 *
 * <p>Owners are numbers only, so that unpacking doesn't depend on the user database of the unpacking machine.
 */
public final class TarHeader {

    /** Tar is made of blocks of this many bytes; headers and contents are padded to them. */
    static final int BLOCK = 512;

    /** The latest modification time that eleven octal digits hold, in seconds since 1970. */
    static final long LATEST_TIME = 077_777_777_777L;

    private static final long LARGEST_SIZE = 077_777_777_777L;
    private static final long LARGEST_ID = 07_777_777L;

    private static final String ATTRIBUTE_KEYWORD = "SCHILY.xattr.";

    /** What a reader without pax support would call the extended header; the name that libarchive and Python use. */
    private static final byte[] EXTENDED_NAME = ascii("././@PaxHeader");

    private TarHeader() {}

    /** The bytes before the content of {@code entry}, a multiple of {@link #BLOCK}. */
    public static byte[] encode(TarEntry entry) {
        return encode(entry, entry.type().flag(), 0, 0);
    }

    /**
     * The same for a special file, which no artifact has.
     *
     * @param entry an empty file
     * @param type the {@code typeflag} to take instead
     * @param major of a device, its driver's number
     * @param minor of a device, its own number
     */
    static byte[] encode(TarEntry entry, byte type, long major, long minor) {
        SortedMap<String, byte[]> extended = new TreeMap<>();
        Name name = Name.split(entry.name());
        if (!name.exact) {
            extended.put("path", entry.name());
        }
        byte[] link = FileNames.encode(entry.linkTarget());
        boolean linkFits = link.length <= Field.LINK.length && isAscii(link);
        if (!linkFits) {
            extended.put("linkpath", link);
        }
        long size = inHeader("size", entry.size(), LARGEST_SIZE, extended);
        long owner = inHeader("uid", entry.owner(), LARGEST_ID, extended);
        long group = inHeader("gid", entry.group(), LARGEST_ID, extended);
        entry.attributes().forEach((key, value) -> extended.put(ATTRIBUTE_KEYWORD + key, value));

        ByteArrayOutputStream bytes = new ByteArrayOutputStream(BLOCK);
        if (!extended.isEmpty()) {
            byte[] records = records(extended);
            Name extendedName = new Name(new byte[0], EXTENDED_NAME, true);
            bytes.writeBytes(ustar((byte) 'x', extendedName, 0644, 0, 0, records.length, 0, new byte[0], 0, 0));
            bytes.writeBytes(records);
            bytes.writeBytes(new byte[padding(records.length)]);
        }
        bytes.writeBytes(ustar(
                type,
                name,
                entry.mode(),
                owner,
                group,
                size,
                entry.modified(),
                linkFits ? link : placeholder(link, Field.LINK.length),
                major,
                minor));
        return bytes.toByteArray();
    }

    /** How many zero bytes follow content of {@code size} bytes. */
    public static int padding(long size) {
        return (int) (-size & (BLOCK - 1));
    }

    private static long inHeader(String keyword, long value, long largest, SortedMap<String, byte[]> extended) {
        if (value <= largest) {
            return value;
        }
        extended.put(keyword, ascii(Long.toString(value)));
        return 0;
    }

    private static byte[] records(SortedMap<String, byte[]> extended) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        extended.forEach((keyword, value) -> {
            byte[] key = keyword.getBytes(StandardCharsets.UTF_8);
            int rest = key.length + value.length + 3; // a space, an equals sign and a line feed
            int length = rest + decimalDigits(rest);
            if (decimalDigits(length) > decimalDigits(rest)) {
                length++; // the length counts its own digits
            }
            records.writeBytes(ascii(length + " "));
            records.writeBytes(key);
            records.write('=');
            records.writeBytes(value);
            records.write('\n');
        });
        return records.toByteArray();
    }

    private static int decimalDigits(int value) {
        return Integer.toString(value).length();
    }

    /** Where a value stands in the header, in bytes. */
    private record Field(int offset, int length) {

        static final Field NAME = new Field(0, 100);
        static final Field MODE = new Field(100, 8);
        static final Field OWNER = new Field(108, 8);
        static final Field GROUP = new Field(116, 8);
        static final Field SIZE = new Field(124, 12);
        static final Field MODIFIED = new Field(136, 12);
        /** Six digits and NUL; tar has always put a space after them, and counts the whole as spaces in the sum. */
        static final Field CHECKSUM = new Field(148, 7);

        static final Field TYPE = new Field(156, 1);
        static final Field LINK = new Field(157, 100);
        static final Field MAGIC = new Field(257, 8);
        static final Field DEVICE_MAJOR = new Field(329, 8);
        static final Field DEVICE_MINOR = new Field(337, 8);
        static final Field PREFIX = new Field(345, 155);
        static final Field WHOLE_CHECKSUM = new Field(148, 8);
        static final Field STAR_PREFIX = new Field(345, 131);
        static final Field STAR_ACCESSED = new Field(476, 12);
        static final Field STAR_CHANGED = new Field(488, 12);

        void put(byte[] header, byte[] value) {
            System.arraycopy(value, 0, header, offset, value.length);
        }

        boolean startsWith(byte[] header, String text) {
            return new String(header, offset, text.length(), StandardCharsets.ISO_8859_1).equals(text);
        }

        /** The bytes before the first NUL. */
        byte[] text(byte[] header) {
            int end = indexOf(header, 0, offset, offset + length);
            return Arrays.copyOfRange(header, offset, end < 0 ? offset + length : end);
        }

        /** Octal digits, or GNU's big-endian bytes behind a set bit. */
        long number(byte[] header) throws MalformedException {
            if ((header[offset] & 0x80) == 0) {
                return octal(header);
            }
            boolean negative = (header[offset] & 0x40) != 0;
            long value = 0;
            for (int i = 0; i < length; i++) {
                int part = (negative ? ~header[offset + i] : header[offset + i]) & (i == 0 ? 0x7f : 0xff);
                if (value >>> 56 > 0) {
                    throw new MalformedException("a number in a header is too large");
                }
                value = value << 8 | part;
            }
            if (value < 0) {
                throw new MalformedException("a number in a header is too large");
            }
            return negative ? ~value : value;
        }

        /** Octal digits with NULs and spaces around them; none are zero. */
        long octal(byte[] header) throws MalformedException {
            int from = offset;
            int end = offset + length;
            while (from < end && (header[from] == 0 || header[from] == ' ')) {
                from++;
            }
            while (from < end && (header[end - 1] == 0 || header[end - 1] == ' ')) {
                end--;
            }
            long value = 0;
            for (int i = from; i < end && header[i] != 0; i++) {
                if (header[i] < '0' || header[i] > '7') {
                    throw new MalformedException("a number in a header is not octal");
                }
                value = value << 3 | (header[i] - '0');
            }
            return value;
        }

        /** Zero-padded octal digits that fill the field up to its last byte, which stays NUL. */
        void putOctal(byte[] header, long value) {
            long rest = value;
            for (int position = offset + length - 2; position >= offset; position--) {
                header[position] = (byte) ('0' + (rest & 7));
                rest >>>= 3;
            }
        }
    }

    private static byte[] ustar(
            byte type,
            Name name,
            int mode,
            long owner,
            long group,
            long size,
            long modified,
            byte[] link,
            long major,
            long minor) {
        byte[] header = new byte[BLOCK];
        Field.NAME.put(header, name.name);
        Field.PREFIX.put(header, name.prefix);
        Field.MODE.putOctal(header, mode);
        Field.OWNER.putOctal(header, owner);
        Field.GROUP.putOctal(header, group);
        Field.SIZE.putOctal(header, size);
        Field.MODIFIED.putOctal(header, modified);
        Field.TYPE.put(header, new byte[] {type});
        Field.LINK.put(header, link);
        Field.MAGIC.put(header, ascii("ustar\00000"));
        Field.DEVICE_MAJOR.putOctal(header, major);
        Field.DEVICE_MINOR.putOctal(header, minor);

        Arrays.fill(header, Field.CHECKSUM.offset, Field.TYPE.offset, (byte) ' ');
        int sum = 0;
        for (byte value : header) {
            sum += value & 0xff;
        }
        Field.CHECKSUM.putOctal(header, sum);
        header[Field.CHECKSUM.offset + Field.CHECKSUM.length - 1] = 0;
        return header;
    }

    /** A name in the two fields of a header; not {@code exact} if only the extended header has it whole. */
    private static final class Name {

        private final byte[] prefix;
        private final byte[] name;
        private final boolean exact;

        Name(byte[] prefix, byte[] name, boolean exact) {
            this.prefix = prefix;
            this.name = name;
            this.exact = exact;
        }

        /** Puts {@code whole} into the name field, or divides it at a slash between the prefix and the name. */
        static Name split(byte[] whole) {
            if (isAscii(whole)) {
                if (whole.length <= Field.NAME.length) {
                    return new Name(new byte[0], whole, true);
                }
                // The last slash that may end the prefix; the one that ends a directory's name may not.
                for (int slash = Math.min(Field.PREFIX.length, whole.length - 2); slash > 0; slash--) {
                    if (whole[slash] == '/' && whole.length - slash - 1 <= Field.NAME.length) {
                        return new Name(
                                Arrays.copyOf(whole, slash), Arrays.copyOfRange(whole, slash + 1, whole.length), true);
                    }
                }
            }
            return new Name(new byte[0], placeholder(whole, Field.NAME.length), false);
        }
    }

    /** What stands in a header field whose value is in the extended header: the value cut and made ASCII. */
    private static byte[] placeholder(byte[] value, int length) {
        byte[] placeholder = Arrays.copyOf(value, Math.min(value.length, length));
        for (int i = 0; i < placeholder.length; i++) {
            if (placeholder[i] < 0) {
                placeholder[i] = '_';
            }
        }
        return placeholder;
    }

    /** A header that Go's {@code archive/tar} does not take. */
    static final class MalformedException extends Exception {

        private static final long serialVersionUID = 1L;

        /** @param reason without a full stop */
        MalformedException(String reason) {
            super(reason);
        }
    }

    /**
     * What a header says by itself, read as Go's {@code archive/tar} does: in the forms of POSIX, GNU, star and of the
     * seventh edition of Unix.
     *
     * @param type the type flag
     * @param name with its prefix
     */
    record Fields(char type, String name, String link, long mode, long owner, long group, long size, long modified) {

        static Fields of(byte[] header) throws MalformedException {
            requireChecksum(header);
            boolean ustar = Field.MAGIC.startsWith(header, "ustar\0");
            boolean star = ustar && new String(header, 508, 4, StandardCharsets.ISO_8859_1).equals("tar\0");
            boolean gnu = Field.MAGIC.startsWith(header, "ustar  \0");
            long mode = Field.MODE.number(header);
            long owner = Field.OWNER.number(header);
            long group = Field.GROUP.number(header);
            long size = Field.SIZE.number(header);
            long modified = Field.MODIFIED.number(header);
            byte[] name = Field.NAME.text(header);
            if (ustar || gnu) {
                Field.DEVICE_MAJOR.number(header);
                Field.DEVICE_MINOR.number(header);
            }
            byte[] prefix = new byte[0];
            if (star) {
                prefix = Field.STAR_PREFIX.text(header);
                Field.STAR_ACCESSED.number(header);
                Field.STAR_CHANGED.number(header);
            } else if (ustar) {
                prefix = Field.PREFIX.text(header);
            }
            if (prefix.length > 0) {
                byte[] whole = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
                whole[prefix.length] = '/';
                System.arraycopy(name, 0, whole, prefix.length + 1, name.length);
                name = whole;
            }
            char type = (char) (header[Field.TYPE.offset] & 0xff);
            return new Fields(
                    type, decoded(name), decoded(Field.LINK.text(header)), mode, owner, group, size, modified);
        }

        private static void requireChecksum(byte[] header) throws MalformedException {
            long unsigned = 0;
            long signed = 0;
            for (int i = 0; i < BLOCK; i++) {
                byte value = i >= Field.CHECKSUM.offset && i < Field.TYPE.offset ? (byte) ' ' : header[i];
                unsigned += value & 0xff;
                signed += value;
            }
            long said = Field.WHOLE_CHECKSUM.octal(header);
            if (said != unsigned && said != signed) {
                throw new MalformedException("the checksum of a header does not fit");
            }
        }
    }

    /** Names are UTF-8; one that is not is taken byte by byte, so that it stays different from all others. */
    static String decoded(byte[] name) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(name))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(name, StandardCharsets.ISO_8859_1);
        }
    }

    /** The records of a pax extended header. */
    static Map<String, byte[]> parseRecords(byte[] bytes) throws MalformedException {
        Map<String, byte[]> records = new HashMap<>();
        int from = 0;
        while (from < bytes.length) {
            int space = indexOf(bytes, ' ', from, bytes.length);
            int length = recordLength(bytes, from, space);
            if (space < 0 || length < 5 || length > bytes.length - from || from + length <= space + 1) {
                throw new MalformedException("a record of an extended header has a wrong length");
            }
            int end = from + length - 1;
            int equals = indexOf(bytes, '=', space + 1, end);
            if (bytes[end] != '\n' || equals <= space + 1) {
                throw new MalformedException("a record of an extended header has a wrong form");
            }
            String key = new String(bytes, space + 1, equals - space - 1, StandardCharsets.UTF_8);
            byte[] value = Arrays.copyOfRange(bytes, equals + 1, end);
            boolean text = key.equals("path") || key.equals("linkpath") || key.equals("uname") || key.equals("gname");
            if (text ? indexOf(value, 0, 0, value.length) >= 0 : key.indexOf('\0') >= 0) {
                throw new MalformedException("a record of an extended header holds a NUL");
            }
            records.put(key, value);
            from += length;
        }
        return records;
    }

    private static int recordLength(byte[] bytes, int from, int space) {
        if (space <= from || space - from > 9) {
            return -1;
        }
        try {
            return Integer.parseInt(new String(bytes, from, space - from, StandardCharsets.ISO_8859_1));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static int indexOf(byte[] bytes, int wanted, int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    /** The extended attributes among the records of a pax extended header. */
    static SortedMap<String, byte[]> attributes(Map<String, byte[]> records) {
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        records.forEach((key, value) -> {
            if (key.startsWith(ATTRIBUTE_KEYWORD)) {
                attributes.put(key.substring(ATTRIBUTE_KEYWORD.length()), value);
            }
        });
        return attributes.isEmpty() ? Collections.emptySortedMap() : attributes;
    }

    /**
     * The whole seconds in the record {@code key}; empty if there is none.
     *
     * @throws MalformedException if it is no time
     */
    static OptionalLong time(Map<String, byte[]> records, String key) throws MalformedException {
        String value = new String(records.getOrDefault(key, new byte[0]), StandardCharsets.ISO_8859_1);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!value.matches("[+-]?[0-9]{1,18}(\\.[0-9]*)?")) {
            throw new MalformedException("the record " + key + " is no time");
        }
        return OptionalLong.of(Long.parseLong(value.replaceFirst("\\..*", "")));
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte value : bytes) {
            if (value < 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
