package io.metalimages.common.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A directory that is open, and what can be done to its entries. Every name is one entry of this very directory,
 * wherever that is by now, and never followed if it is a symbolic link. Thread-safe.
 *
 * <p>Names that are not UTF-8 are text too, see {@link FileNames}.
 */
public final class OpenedDirectory implements AutoCloseable {

    private static final SystemCall GETDENTS = new SystemCall("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final SystemCall READLINK =
            new SystemCall("readlinkat", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private static final SystemCall MKDIR = new SystemCall("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final SystemCall MKNOD = new SystemCall("mknodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
    private static final SystemCall SYMLINK = new SystemCall("symlinkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    private static final SystemCall LINK =
            new SystemCall("linkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
    private static final SystemCall UNLINK = new SystemCall("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final SystemCall CHOWN =
            new SystemCall("fchownat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final SystemCall CHMOD = new SystemCall("fchmodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final SystemCall UTIMENS =
            new SystemCall("utimensat", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);

    private static final SystemCall RENAME = new SystemCall("renameat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);

    private static final int NO_FOLLOW = 0x100;
    private static final int REMOVE_DIRECTORY = 0x200;
    private static final long OMIT_TIME = (1L << 30) - 2;
    private static final int LONGEST_TARGET = 4096;
    private static final long LISTING_BYTES = 1 << 16;
    private static final int EPERM = 1;
    private static final int EXDEV = 18;

    /** Of a path that grows with the depth of a tree only the end is kept. */
    private static final int LONGEST_SHOWN = 4096;

    private final Descriptor descriptor;
    private final String path;

    OpenedDirectory(Descriptor descriptor, String path) {
        this.descriptor = descriptor;
        this.path = path;
    }

    /** How it was named, for messages. */
    public String path() {
        return path;
    }

    /** This directory for a program that this process starts, as long as it is open here: a name that nothing can redirect. */
    public Path pathForPrograms() {
        return Path.of(
                "/proc", Long.toString(ProcessHandle.current().pid()), "fd", Integer.toString(descriptor.number()));
    }

    Descriptor descriptor() {
        return descriptor;
    }

    /** What is known of this directory itself. */
    public FileStatus status() throws IOException {
        return FileStatus.of(descriptor, path);
    }

    /** What is known of an entry; empty if there is none of that name. */
    public Optional<FileStatus> status(String name) throws IOException {
        return FileStatus.of(descriptor, required(name), shown(name));
    }

    /** Is told names of entries. */
    @FunctionalInterface
    public interface NameVisitor {

        /** Hears one; tells whether to go on. */
        boolean visit(String name) throws IOException;
    }

    /** The names of the entries but {@code .} and {@code ..}, in no order. */
    public List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        visitNames(names::add);
        return names;
    }

    /** At most so many of the names of the entries. */
    List<String> names(int most) throws IOException {
        List<String> names = new ArrayList<>();
        visitNames(name -> names.add(name) && names.size() < most);
        return names;
    }

    /**
     * Visits the names of the entries, like {@link #names}, but keeps few of them in memory at a time. Entries that come or go
     * meanwhile are visited or not.
     */
    public void visitNames(NameVisitor visitor) throws IOException {
        Descriptor.Opened opened = descriptor.open(".", OpenFlags.DIRECTORY, 0, Descriptor.NO_LINKS);
        if (opened.failed()) {
            throw Descriptor.failure(path, opened.errno());
        }
        try (Descriptor listing = opened.descriptor();
                Arena arena = Arena.ofConfined()) {
            MemorySegment entries = arena.allocate(LISTING_BYTES, Long.BYTES);
            for (long length = list(arena, listing, entries); length > 0; length = list(arena, listing, entries)) {
                for (long position = 0; position < length; ) {
                    int entryBytes = Short.toUnsignedInt(entries.get(JAVA_SHORT, position + 16));
                    String name = FileNames.decode(entries, position + 19);
                    if (!name.equals(".") && !name.equals("..") && !visitor.visit(name)) {
                        return;
                    }
                    position += entryBytes;
                }
            }
        }
    }

    private long list(Arena arena, Descriptor listing, MemorySegment entries) throws IOException {
        SystemCall.Result result = GETDENTS.call(arena, listing.number(), entries, LISTING_BYTES);
        if (result.failed()) {
            throw GETDENTS.failure(path, result.errno());
        }
        return result.value();
    }

    /** An entry, of whatever type, a symbolic link itself too; empty if there is none of that name. */
    public Optional<OpenedFile> file(String name) throws IOException {
        Descriptor.Opened opened = open(name, OpenFlags.PATH | OpenFlags.NO_FOLLOW, 0);
        if (opened.errno() == SystemCall.ENOENT || opened.errno() == SystemCall.ENAMETOOLONG) {
            return Optional.empty();
        }
        return Optional.of(new OpenedFile(required(opened, name), shown(name)));
    }

    /** The directory of that name; empty if there is none, or something else, a symbolic link to one for instance. */
    public Optional<OpenedDirectory> directory(String name) throws IOException {
        Descriptor.Opened opened = open(name, OpenFlags.DIRECTORY | OpenFlags.NO_FOLLOW, 0);
        return switch (opened.errno()) {
            case SystemCall.ENOENT, SystemCall.ENOTDIR, SystemCall.ELOOP, SystemCall.ENAMETOOLONG -> Optional.empty();
            default -> Optional.of(new OpenedDirectory(required(opened, name), shown(name)));
        };
    }

    /** Like {@link #directory}, but what is mounted there is a fault. */
    Optional<OpenedDirectory> directoryOfSameMount(String name) throws IOException {
        Descriptor.Opened opened = descriptor.open(
                required(name),
                OpenFlags.DIRECTORY | OpenFlags.NO_FOLLOW,
                0,
                Descriptor.NO_LINKS | Descriptor.NO_CROSSING);
        return switch (opened.errno()) {
            case SystemCall.ENOENT, SystemCall.ENOTDIR, SystemCall.ELOOP -> Optional.empty();
            case EXDEV -> throw new FileSystemException(shown(name), null, "something is mounted there");
            default -> Optional.of(new OpenedDirectory(required(opened, name), shown(name)));
        };
    }

    /** Takes away a directory that is known to be empty. */
    void requireDeletedDirectory(String name) throws IOException {
        if (!deleteDirectory(name) && status(name).isPresent()) {
            throw new DirectoryNotEmptyException(shown(name));
        }
    }

    /** The directory above this one, if it is {@code expected}. */
    OpenedDirectory above(FileStatus expected, String shownAbove) throws IOException {
        Descriptor.Opened opened =
                descriptor.open("..", OpenFlags.DIRECTORY, 0, Descriptor.NO_LINKS | Descriptor.NO_CROSSING);
        if (opened.failed()) {
            throw Descriptor.failure(shownAbove, opened.errno());
        }
        OpenedDirectory above = new OpenedDirectory(opened.descriptor(), shownAbove);
        if (!above.status().isSameFile(expected)) {
            above.close();
            throw new FileSystemException(path, null, "moved to another directory meanwhile");
        }
        return above;
    }

    /**
     * Makes a file of mode 0600 to write to.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is anything of that name
     */
    public FileChannel createFile(String name) throws IOException {
        try (OpenedFile created = new OpenedFile(required(open(name, OpenFlags.CREATE_NEW, 0600), name), shown(name))) {
            return created.channel(StandardOpenOption.WRITE);
        }
    }

    private Descriptor.Opened open(String name, long flags, int mode) throws IOException {
        return descriptor.open(required(name), flags, mode, Descriptor.NO_LINKS | Descriptor.NO_MAGIC_LINKS);
    }

    private Descriptor required(Descriptor.Opened opened, String name) throws IOException {
        if (opened.failed()) {
            throw Descriptor.failure(shown(name), opened.errno());
        }
        return opened.descriptor();
    }

    /** Makes a directory of mode 0700. @throws java.nio.file.FileAlreadyExistsException if there is anything of that name */
    public void makeDirectory(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            require(MKDIR, name, MKDIR.call(arena, descriptor.number(), named(arena, name), 0700));
        }
    }

    /**
     * Makes a device, a pipe or a socket of mode 0600.
     *
     * @param type as in {@link FileStatus#mode()}
     * @param device the number of a device
     * @throws java.nio.file.AccessDeniedException if it is a device and this process may make none
     */
    public void makeSpecialFile(String name, int type, long device) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.Result result = MKNOD.call(arena, descriptor.number(), named(arena, name), type | 0600, device);
            if (result.errno() == EPERM) {
                throw new AccessDeniedException(shown(name));
            }
            require(MKNOD, name, result);
        }
    }

    /** Makes a symbolic link. @throws java.nio.file.FileAlreadyExistsException if there is anything of that name */
    public void makeSymbolicLink(String name, String target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            require(
                    SYMLINK,
                    name,
                    SYMLINK.call(arena, Descriptor.name(arena, target), descriptor.number(), named(arena, name)));
        }
    }

    /** Gives an entry of another directory a name here too. */
    public void makeLink(String name, OpenedDirectory other, String otherName) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            require(
                    LINK,
                    name,
                    LINK.call(
                            arena,
                            other.descriptor.number(),
                            named(arena, otherName),
                            descriptor.number(),
                            named(arena, name),
                            0));
        }
    }

    /** Moves an entry to another directory, in the place of what is there; what is there may be no directory. */
    public void move(String name, OpenedDirectory other, String otherName) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            require(
                    RENAME,
                    name,
                    RENAME.call(
                            arena,
                            descriptor.number(),
                            named(arena, name),
                            other.descriptor.number(),
                            other.named(arena, otherName)));
        }
    }

    /** What a symbolic link says. */
    public String readLink(String name) throws IOException {
        return readLink(descriptor, required(name), shown(name));
    }

    static String readLink(Descriptor directory, String name, String shown) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(LONGEST_TARGET);
            SystemCall.Result result = READLINK.call(
                    arena, directory.number(), Descriptor.name(arena, name), target, (long) LONGEST_TARGET);
            if (result.failed()) {
                throw READLINK.failure(shown, result.errno());
            }
            return FileNames.decode(target.asSlice(0, result.value()).toArray(JAVA_BYTE));
        }
    }

    /** Takes away what is no directory. Tells whether there was such a thing; {@code false} for a directory. */
    public boolean deleteFile(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.Result result = UNLINK.call(arena, descriptor.number(), named(arena, name), 0);
            if (!result.failed()) {
                return true;
            }
            boolean directory = result.errno() == SystemCall.EISDIR
                    || (result.errno() == EPERM
                            && status(name).filter(FileStatus::isDirectory).isPresent());
            if (directory || result.errno() == SystemCall.ENOENT) {
                return false;
            }
            throw UNLINK.failure(shown(name), result.errno());
        }
    }

    /** Takes away an empty directory. Tells whether there was one; {@code false} for one that is not empty. */
    public boolean deleteDirectory(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.Result result = UNLINK.call(arena, descriptor.number(), named(arena, name), REMOVE_DIRECTORY);
            return switch (result.errno()) {
                case 0 -> true;
                case SystemCall.ENOENT, SystemCall.ENOTEMPTY, SystemCall.EEXIST, SystemCall.ENOTDIR -> false;
                default -> throw UNLINK.failure(shown(name), result.errno());
            };
        }
    }

    /** Changes the owner of an entry, a symbolic link itself too; takes set-user-id bits and capabilities away. */
    public void changeOwner(String name, int user, int group) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            require(CHOWN, name, CHOWN.call(arena, descriptor.number(), named(arena, name), user, group, NO_FOLLOW));
        }
    }

    /** Changes the permission bits of an entry that is no symbolic link. */
    public void changeMode(String name, int permissions) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            require(CHMOD, name, CHMOD.call(arena, descriptor.number(), named(arena, name), permissions, NO_FOLLOW));
        }
    }

    /** Changes when an entry was modified, a symbolic link itself too. */
    public void changeModified(String name, FileTime modified) throws IOException {
        changeTime(required(name), modified);
    }

    /** Says when this directory itself was changed last. */
    public void changeModified(FileTime modified) throws IOException {
        changeTime(".", modified);
    }

    private void changeTime(String name, FileTime modified) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocate(32, Long.BYTES);
            times.set(JAVA_LONG, 8, OMIT_TIME);
            Instant instant = modified.toInstant();
            times.set(JAVA_LONG, 16, instant.getEpochSecond());
            times.set(JAVA_LONG, 24, instant.getNano());
            require(
                    UTIMENS,
                    name,
                    UTIMENS.call(arena, descriptor.number(), Descriptor.name(arena, name), times, NO_FOLLOW));
        }
    }

    /** The extended attributes of this directory itself, see {@link ExtendedAttributes}. */
    public SortedMap<String, byte[]> attributes() throws IOException {
        return ExtendedAttributes.read(descriptor, path);
    }

    /** The extended attributes of an entry, see {@link ExtendedAttributes}. */
    public SortedMap<String, byte[]> attributes(String name) throws IOException {
        return ExtendedAttributes.read(throughDescriptor(name), shown(name));
    }

    /** Sets an extended attribute of an entry. */
    public void writeAttribute(String name, String attribute, byte[] value) throws IOException {
        ExtendedAttributes.write(throughDescriptor(name), shown(name), attribute, value);
    }

    /** The calls for attributes take no directory, but a path that starts with one: only the last name is the entry's. */
    private String throughDescriptor(String name) throws IOException {
        return descriptor.magicLink() + "/" + required(name);
    }

    private MemorySegment named(Arena arena, String name) throws IOException {
        return Descriptor.name(arena, required(name));
    }

    private void require(SystemCall call, String name, SystemCall.Result result) throws IOException {
        if (result.failed()) {
            throw call.failure(shown(name), result.errno());
        }
    }

    private String required(String name) throws IOException {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
            throw new FileSystemException(shown(name), null, "not the name of a directory's entry");
        }
        return name;
    }

    private String shown(String name) {
        String start = path.length() > LONGEST_SHOWN ? "…" + path.substring(path.length() - LONGEST_SHOWN / 2) : path;
        return start.endsWith("/") ? start + name : start + "/" + name;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
