package io.metalimages.common.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Extended attributes of a file, of every namespace ({@code security.capability}, {@code user.…}), without following a
 * symbolic link. See xattr(7). Thread-safe.
 */
public final class ExtendedAttributes {

    private static final SystemCall LLISTXATTR = new SystemCall("llistxattr", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
    private static final SystemCall LISTXATTR = new SystemCall("listxattr", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
    private static final SystemCall GETXATTR =
            new SystemCall("getxattr", JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    private static final SystemCall LGETXATTR =
            new SystemCall("lgetxattr", JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    private static final SystemCall LSETXATTR =
            new SystemCall("lsetxattr", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);

    /** The most that Linux allows for the list of names and for one value, in bytes (XATTR_SIZE_MAX). */
    private static final int MOST_BYTES = 65_536;

    private ExtendedAttributes() {}

    /**
     * The attributes of {@code file}, by name; empty where the file system has none.
     *
     * @throws IOException if the file is missing or may not be read
     */
    public static SortedMap<String, byte[]> read(Path file) throws IOException {
        return read(file.toString(), file.toString());
    }

    static SortedMap<String, byte[]> read(String path, String shown) throws IOException {
        return read(LLISTXATTR, LGETXATTR, path, shown);
    }

    /** Of what is open, a symbolic link too. */
    static SortedMap<String, byte[]> read(Descriptor file, String shown) throws IOException {
        return read(LISTXATTR, GETXATTR, file.magicLink().toString(), shown);
    }

    private static SortedMap<String, byte[]> read(SystemCall list, SystemCall get, String path, String shown)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pathName = Descriptor.name(arena, path);
            SystemCall.Result size = list.call(arena, pathName, MemorySegment.NULL, 0L);
            if ((size.failed() && size.errno() == SystemCall.EOPNOTSUPP) || size.value() == 0) {
                return Collections.emptySortedMap();
            }
            MemorySegment names = arena.allocate(MOST_BYTES);
            SystemCall.Result listed = list.call(arena, pathName, names, (long) MOST_BYTES);
            if (listed.failed()) {
                throw list.failure(shown, listed.errno());
            }
            SortedMap<String, byte[]> attributes = new TreeMap<>();
            MemorySegment value = arena.allocate(MOST_BYTES);
            for (long position = 0; position < listed.value(); ) {
                String name = FileNames.decode(names, position);
                position += FileNames.encode(name).length + 1L;
                SystemCall.Result got =
                        get.call(arena, pathName, Descriptor.name(arena, name), value, (long) MOST_BYTES);
                if (!got.failed()) {
                    attributes.put(name, value.asSlice(0, got.value()).toArray(JAVA_BYTE));
                } else if (got.errno() != SystemCall.ENODATA) {
                    throw get.failure(shown, got.errno());
                }
            }
            return attributes;
        }
    }

    /**
     * Sets one attribute.
     *
     * @throws IOException if the file is missing, or the file system or the kernel refuses the attribute
     */
    public static void write(Path file, String name, byte[] value) throws IOException {
        write(file.toString(), file.toString(), name, value);
    }

    static void write(String path, String shown, String name, byte[] value) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.Result result = LSETXATTR.call(
                    arena,
                    Descriptor.name(arena, path),
                    Descriptor.name(arena, name),
                    arena.allocateFrom(JAVA_BYTE, value),
                    (long) value.length,
                    0);
            if (result.failed()) {
                throw LSETXATTR.failure(shown, result.errno());
            }
        }
    }
}
