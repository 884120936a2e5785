package io.metalimages.artifact.tar;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.lz4.Lz4FrameReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads a tar that is given piece by piece, as Go's {@code archive/tar} does, which metal-hammer reads it with: ustar, pax
 * and GNU's forms. What is not as the contract wants it is told to the {@link Visitor}.
 *
 * <p>Keeps at most {@value #LARGEST_EXTENSION} bytes of extended headers and {@value #LARGEST_CONTENT} bytes of content at
 * a time. A tar may come from anywhere, and a visitor may keep all that it is told; so it is told of at most
 * {@value #MOST_ENTRIES} entries, whose paths, targets and attributes have {@value #MOST_METADATA} bytes together. A Debian
 * server has 30,000 entries and 2 MB. Belongs to one thread.
 */
public final class TarScanner implements Lz4FrameReader.Content {

    /** Is told what is in the tar. */
    public interface Visitor {

        /**
         * An entry.
         *
         * @return whether its content is wanted
         */
        boolean entry(TarEntry entry);

        /** The content of the entry before, if it was wanted and is not larger than {@link #LARGEST_CONTENT}. */
        void content(TarEntry entry, byte[] content);

        /** The next piece of the content of the entry before, wanted or not. The bytes are the caller's, and will change. */
        default void piece(byte[] bytes, int offset, int length) {}

        /** A breach of the contract; {@code path} is absolute, or empty for the tar as a whole. */
        void breach(CheckCode code, String path, String detail);
    }

    public static final int LARGEST_CONTENT = 16 << 20;

    /** Go refuses extended headers that are larger. */
    private static final int LARGEST_EXTENSION = 1 << 20;

    private static final int MOST_ENTRIES = 1_000_000;

    private static final int MOST_METADATA = 128 << 20;

    /** In a path, or the target of a link; see PATH_MAX in limits.h, which counts a NUL. */
    private static final int LONGEST_PATH = 4_095;

    /** See NAME_MAX in limits.h. */
    private static final int LONGEST_NAME = 255;

    private static final int ATTRIBUTE_OVERHEAD = 64;

    private static final int LONGEST_QUOTE = 100;

    private static final int BLOCK = TarHeader.BLOCK;

    /** Where the old GNU format says that further blocks of a sparse file's map follow. */
    private static final int GNU_SPARSE_MORE_IN_HEADER = 482;

    private static final int GNU_SPARSE_MORE_IN_MAP = 504;

    private enum State {
        HEADER,
        SPARSE_MAP,
        EXTENSION,
        CONTENT,
        SECOND_END_BLOCK,
        ENDED,
        BROKEN
    }

    private final Visitor visitor;
    private final byte[] header = new byte[BLOCK];
    private int headerFilled;
    private State state = State.HEADER;
    private long position;

    /** Bytes of content and padding that are still to come. */
    private long remaining;

    /** How much of {@link #remaining} is padding behind content. */
    private long padding;

    /** Whether the visitor knows the entry. */
    private boolean told;

    private byte[] wanted = new byte[0];
    private int wantedFilled;
    private boolean wanting;

    private char extensionType;
    private Map<String, byte[]> records = new HashMap<>();
    private String longName = "";
    private String longLink = "";

    private TarEntry entry = new TarEntry(TarEntry.Type.FILE, "", 0, 0, 0, 0, 0, "", new TreeMap<>());
    private int entries;
    private boolean dataBehindEnd;
    private long metadata;
    private Optional<Finding> stop = Optional.empty();

    public TarScanner(Visitor visitor) {
        this.visitor = visitor;
    }

    public int entries() {
        return entries;
    }

    /** Bytes that were read, up to the end of the tar. */
    public long position() {
        return position;
    }

    /** Whether the tar's end was read, and all before it. */
    public boolean ended() {
        return state == State.ENDED;
    }

    /** Why the rest of the tar was not looked at, if it was not. */
    public Optional<Finding> stop() {
        return stop;
    }

    /** Whether more of an entry's content, or of the zeros that fill its last block, is to come. */
    public boolean withinContent() {
        return state == State.CONTENT;
    }

    @Override
    public void accept(byte[] bytes, int offset, int length) {
        int from = offset;
        int end = offset + length;
        while (from < end) {
            int used = switch (state) {
                case HEADER, SECOND_END_BLOCK, SPARSE_MAP -> fillHeader(bytes, from, end);
                case EXTENSION, CONTENT -> fillContent(bytes, from, end);
                case ENDED -> lookBehindEnd(bytes, from, end);
                case BROKEN -> end - from;
            };
            from += used;
        }
    }

    /**
     * No more bytes come.
     *
     * @param cleanly whether the decoder said that this is the end, not that something is wrong
     * @return whether Go's reader takes what there was for a whole tar
     */
    public boolean end(boolean cleanly) {
        if (state == State.ENDED) {
            return true;
        }
        boolean betweenEntries =
                headerFilled == 0 && (state == State.HEADER || state == State.SECOND_END_BLOCK) && cleanly;
        if (cleanly && state != State.BROKEN) {
            visitor.breach(
                    CheckCode.TAR_END_MISSING,
                    state == State.CONTENT ? "/" + entry.path() : "",
                    "The tar ends after " + position + " bytes"
                            + (state == State.CONTENT ? ", within the content of this file." : "."));
        }
        return betweenEntries;
    }

    private int fillHeader(byte[] bytes, int from, int end) {
        int used = Math.min(end - from, BLOCK - headerFilled);
        System.arraycopy(bytes, from, header, headerFilled, used);
        headerFilled += used;
        position += used;
        if (headerFilled == BLOCK) {
            headerFilled = 0;
            switch (state) {
                case SPARSE_MAP -> {
                    if (header[GNU_SPARSE_MORE_IN_MAP] == 0) {
                        beginContent();
                    }
                }
                case SECOND_END_BLOCK -> {
                    if (isZero(header, 0, BLOCK)) {
                        state = State.ENDED;
                    } else {
                        broken("After one block of zeros comes something else.");
                    }
                }
                default -> readHeader();
            }
        }
        return used;
    }

    private int fillContent(byte[] bytes, int from, int end) {
        int used = (int) Math.min(end - from, remaining);
        if (wanting) {
            int copied = Math.min(used, wanted.length - wantedFilled);
            System.arraycopy(bytes, from, wanted, wantedFilled, copied);
            wantedFilled += copied;
        }
        if (told && state == State.CONTENT && remaining > padding) {
            visitor.piece(bytes, from, (int) Math.min(used, remaining - padding));
        }
        remaining -= used;
        position += used;
        if (remaining == 0) {
            endContent();
        }
        return used;
    }

    private int lookBehindEnd(byte[] bytes, int from, int end) {
        if (!dataBehindEnd && !isZero(bytes, from, end)) {
            dataBehindEnd = true;
            visitor.breach(CheckCode.TAR_TRAILING_DATA, "", "The tar's end is at byte " + position + ".");
        }
        return end - from;
    }

    private void broken(String detail) {
        stop(CheckCode.TAR_CORRUPT, "", "Before byte " + position + " of the tar: " + detail);
    }

    private void stop(CheckCode code, String path, String detail) {
        state = State.BROKEN;
        stop = Optional.of(new Finding(code, path, detail));
        visitor.breach(code, path, detail);
    }

    private void readHeader() {
        if (isZero(header, 0, BLOCK)) {
            state = State.SECOND_END_BLOCK;
            return;
        }
        if (entries == MOST_ENTRIES) {
            stop(CheckCode.TOO_MANY_ENTRIES, "/" + entry.path(), "It is entry %,d, the last one.".formatted(entries));
            return;
        }
        try {
            readHeader(TarHeader.Fields.of(header));
        } catch (TarHeader.MalformedException e) {
            broken(e.getMessage() + ".");
        }
    }

    private void readHeader(TarHeader.Fields fields) throws TarHeader.MalformedException {
        switch (fields.type()) {
            case 'x', 'g', 'L', 'K' -> beginExtension(fields);
            default -> beginEntry(fields);
        }
    }

    private void beginExtension(TarHeader.Fields fields) throws TarHeader.MalformedException {
        if (fields.size() < 0 || fields.size() > LARGEST_EXTENSION) {
            throw new TarHeader.MalformedException("an extended header of " + fields.size() + " bytes");
        }
        extensionType = fields.type();
        want(fields.size());
        state = State.EXTENSION;
        if (remaining == 0) {
            endContent();
        }
    }

    private void want(long size) {
        wanting = true;
        wanted = new byte[(int) size];
        wantedFilled = 0;
        remaining = size + TarHeader.padding(size);
    }

    private void endContent() {
        if (state == State.CONTENT) {
            state = State.HEADER;
            if (wanting) {
                visitor.content(entry, wanted);
            }
        } else {
            state = State.HEADER;
            try {
                takeExtension();
            } catch (TarHeader.MalformedException e) {
                broken(e.getMessage() + ".");
            }
        }
        wanting = false;
        wanted = new byte[0];
    }

    private void takeExtension() throws TarHeader.MalformedException {
        switch (extensionType) {
            case 'L' -> longName = TarHeader.decoded(untilNul(wanted));
            case 'K' -> longLink = TarHeader.decoded(untilNul(wanted));
            case 'x' -> records = TarHeader.parseRecords(wanted);
            default -> {
                // A global header is an entry of its own to Go, and changes no other.
                TarHeader.parseRecords(wanted);
                entries++;
                forgetExtensions();
            }
        }
    }

    private void forgetExtensions() {
        records = new HashMap<>();
        longName = "";
        longLink = "";
    }

    private void beginEntry(TarHeader.Fields fields) throws TarHeader.MalformedException {
        String name = longName.isEmpty() ? record("path", fields.name()) : longName;
        String link = longLink.isEmpty() ? record("linkpath", fields.link()) : longLink;
        long size = number("size", fields.size());
        long owner = number("uid", fields.owner());
        long group = number("gid", fields.group());
        long modified = TarHeader.time(records, "mtime").orElse(fields.modified());
        TarHeader.time(records, "atime");
        TarHeader.time(records, "ctime");
        boolean sparse = records.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."));
        SortedMap<String, byte[]> attributes = TarHeader.attributes(records);
        forgetExtensions();

        char type = fields.type();
        boolean headerOnly = type >= '1' && type <= '6';
        if (size < 0 && !headerOnly) {
            throw new TarHeader.MalformedException("a file of " + size + " bytes");
        }
        long contentSize = headerOnly ? 0 : size;
        if (contentSize > Long.MAX_VALUE - BLOCK) {
            throw new TarHeader.MalformedException("a file of " + size + " bytes");
        }
        entries++;
        if (!fits(name, "path", name) || !fits(link, "target", name)) {
            return;
        }
        metadata += name.length() + link.length() + size(attributes);
        if (metadata > MOST_METADATA) {
            stop(
                    CheckCode.TOO_MUCH_METADATA,
                    quote(name),
                    "Up to here they are more than " + (MOST_METADATA >> 20) + " MiB.");
            return;
        }
        padding = TarHeader.padding(contentSize);
        remaining = contentSize + padding;
        TarEntry.Type kind = kind(type, name);
        entry = new TarEntry(
                kind,
                cleanPath(name),
                (int) fields.mode() & 07777,
                owner,
                group,
                Math.clamp(modified, 0, TarHeader.LATEST_TIME),
                kind == TarEntry.Type.FILE ? contentSize : 0,
                kind == TarEntry.Type.HARD_LINK ? cleanPath(link) : kind == TarEntry.Type.SYMBOLIC_LINK ? link : "",
                attributes);
        if (sparse) {
            visitor.breach(CheckCode.SPARSE_FILE, "/" + entry.path(), "It is in a pax form of a sparse file.");
        }
        reportType(type);
        reportPath(name, "name");
        if (kind == TarEntry.Type.HARD_LINK) {
            reportPath(link, "target");
        }
        wanting = false;
        told = "0\0007".indexOf(type) >= 0 || headerOnly;
        if (told && visitor.entry(entry) && contentSize <= LARGEST_CONTENT && kind == TarEntry.Type.FILE) {
            want(contentSize);
        }
        if (type == 'S' && header[GNU_SPARSE_MORE_IN_HEADER] != 0) {
            state = State.SPARSE_MAP;
        } else {
            beginContent();
        }
    }

    private void beginContent() {
        state = State.CONTENT;
        if (remaining == 0) {
            endContent();
        }
    }

    /** What metal-hammer makes of an entry. */
    private static TarEntry.Type kind(char type, String name) {
        return switch (type) {
            case '1' -> TarEntry.Type.HARD_LINK;
            case '2' -> TarEntry.Type.SYMBOLIC_LINK;
            case '5' -> TarEntry.Type.DIRECTORY;
            case '\0' -> name.endsWith("/") ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
            default -> TarEntry.Type.FILE;
        };
    }

    private void reportType(char type) {
        String path = "/" + entry.path();
        switch (type) {
            case '0', '\0', '1', '2', '5' -> {}
            case '3' -> visitor.breach(CheckCode.DEVICE_OR_PIPE, path, "It is a character device.");
            case '4' -> visitor.breach(CheckCode.DEVICE_OR_PIPE, path, "It is a block device.");
            case '6' -> visitor.breach(CheckCode.DEVICE_OR_PIPE, path, "It is a named pipe.");
            case 'S' -> visitor.breach(CheckCode.SPARSE_FILE, path, "It is in the old GNU form of a sparse file.");
            default ->
                visitor.breach(
                        CheckCode.UNKNOWN_TYPE,
                        path,
                        "Its type is %s.".formatted(type > ' ' && type < 0x7f ? "'" + type + "'" : "" + (int) type));
        }
    }

    private static int size(SortedMap<String, byte[]> attributes) {
        return attributes.entrySet().stream()
                .mapToInt(attribute -> attribute.getKey().length() + attribute.getValue().length + ATTRIBUTE_OVERHEAD)
                .sum();
    }

    private boolean fits(String path, String what, String entryPath) {
        if (path.length() > LONGEST_PATH) {
            stop(
                    CheckCode.PATH_TOO_LONG,
                    quote(entryPath),
                    "The %s has %,d characters, and the longest may have %,d."
                            .formatted(what, path.length(), LONGEST_PATH));
            return false;
        }
        if (longestName(path) > LONGEST_NAME) {
            stop(
                    CheckCode.PATH_TOO_LONG,
                    quote(entryPath),
                    "A name in the " + what + " has more than " + LONGEST_NAME + " characters.");
            return false;
        }
        return true;
    }

    private static int longestName(String path) {
        int longest = 0;
        int start = 0;
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', start)) {
            longest = Math.max(longest, slash - start);
            start = slash + 1;
        }
        return Math.max(longest, path.length() - start);
    }

    /** The path of an entry, or the beginning of one that is long. */
    private static String quote(String name) {
        String path = name.startsWith("/") ? name : "/" + name;
        return path.length() > LONGEST_QUOTE ? path.substring(0, LONGEST_QUOTE) + "…" : path;
    }

    private void reportPath(String name, String what) {
        if (name.startsWith("/")) {
            visitor.breach(CheckCode.PATH_ESCAPES, name, "The " + what + " is absolute.");
        } else if (name.contains("..") && Arrays.asList(name.split("/")).contains("..")) {
            visitor.breach(CheckCode.PATH_ESCAPES, "/" + name, "The " + what + " leads upwards.");
        }
    }

    /** A name as the image's root sees it: without slashes around it, and without what means the same directory. */
    private static String cleanPath(String name) {
        if (!name.startsWith("/") && !name.endsWith("/") && !name.contains("./") && !name.contains("//")) {
            return name.equals(".") ? "" : name;
        }
        StringBuilder clean = new StringBuilder();
        for (String component : name.split("/")) {
            if (!component.isEmpty() && !component.equals(".")) {
                clean.append(clean.isEmpty() ? "" : "/").append(component);
            }
        }
        return clean.toString();
    }

    private String record(String key, String otherwise) {
        byte[] value = records.get(key);
        return value == null || value.length == 0 ? otherwise : TarHeader.decoded(value);
    }

    private long number(String key, long otherwise) throws TarHeader.MalformedException {
        String value = record(key, "");
        try {
            return value.isEmpty() ? otherwise : Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new TarHeader.MalformedException("the record " + key + " is no number: "
                    + value.substring(0, Math.min(value.length(), LONGEST_QUOTE)));
        }
    }

    private static byte[] untilNul(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return Arrays.copyOf(bytes, end);
    }

    private static final byte[] ZEROS = new byte[BLOCK];

    private static boolean isZero(byte[] bytes, int from, int end) {
        for (int start = from; start < end; start += BLOCK) {
            int stop = Math.min(end, start + BLOCK);
            if (!Arrays.equals(bytes, start, stop, ZEROS, 0, stop - start)) {
                return false;
            }
        }
        return true;
    }
}
