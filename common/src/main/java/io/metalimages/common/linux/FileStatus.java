package io.metalimages.common.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;

/**
 * What statx(2) tells of a file, symbolic links not followed.
 *
 * @param mode the type and the permission bits
 * @param links how many names the file has
 * @param size in bytes; of a directory or a link too, where it means little
 * @param specialDevice the number of the device that a special file stands for
 * @param modified when the content was changed last, or what somebody has set
 * @param changed when anything of the file was changed last, which nobody can set
 */
public record FileStatus(
        int mode,
        int user,
        int group,
        int links,
        long size,
        long device,
        long inode,
        long specialDevice,
        FileTime modified,
        FileTime changed) {

    /** Types of special files, see {@link #type()}. */
    public static final int CHARACTER_DEVICE = 0020000;

    public static final int BLOCK_DEVICE = 0060000;
    public static final int PIPE = 0010000;

    private static final SystemCall STATX =
            new SystemCall("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);

    private static final int CURRENT_DIRECTORY = -100;
    private static final int NO_FOLLOW = 0x100;
    private static final int NO_AUTOMOUNT = 0x800;
    private static final int EMPTY_PATH = 0x1000;
    private static final int BASIC = 0x7ff;
    private static final long BYTES = 256;
    private static final long CHANGED = 96;
    private static final long MODIFIED = 112;

    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int SYMBOLIC_LINK = 0120000;
    private static final int SOCKET = 0140000;

    public static FileStatus of(Path file) throws IOException {
        return of(CURRENT_DIRECTORY, file.toString(), file.toString())
                .orElseThrow(() -> STATX.failure(file, SystemCall.ENOENT));
    }

    static boolean exists(Path file) throws IOException {
        return of(CURRENT_DIRECTORY, file.toString(), file.toString()).isPresent();
    }

    /** Of what is open. */
    static FileStatus of(Descriptor file, String shown) throws IOException {
        return of(file.number(), "", shown).orElseThrow(() -> STATX.failure(shown, SystemCall.ENOENT));
    }

    /** Of what is open. */
    static FileStatus ofDescriptor(int descriptor, String shown) throws IOException {
        return of(descriptor, "", shown).orElseThrow(() -> STATX.failure(shown, SystemCall.ENOENT));
    }

    /** Of an entry of an open directory; empty if there is none of that name. */
    static Optional<FileStatus> of(Descriptor directory, String name, String shown) throws IOException {
        return of(directory.number(), name, shown);
    }

    private static Optional<FileStatus> of(int directory, String name, String shown) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(BYTES, Long.BYTES);
            SystemCall.Result result = STATX.call(
                    arena,
                    directory,
                    Descriptor.name(arena, name),
                    NO_FOLLOW | NO_AUTOMOUNT | (name.isEmpty() ? EMPTY_PATH : 0),
                    BASIC,
                    status);
            if (result.errno() == SystemCall.ENOENT || result.errno() == SystemCall.ENAMETOOLONG) {
                return Optional.empty();
            }
            if (result.failed()) {
                throw STATX.failure(shown, result.errno());
            }
            return Optional.of(new FileStatus(
                    Short.toUnsignedInt(status.get(JAVA_SHORT, 28)),
                    status.get(JAVA_INT, 20),
                    status.get(JAVA_INT, 24),
                    status.get(JAVA_INT, 16),
                    status.get(JAVA_LONG, 40),
                    Integer.toUnsignedLong(status.get(JAVA_INT, 136)) << 32
                            | Integer.toUnsignedLong(status.get(JAVA_INT, 140)),
                    status.get(JAVA_LONG, 32),
                    deviceNumber(
                            Integer.toUnsignedLong(status.get(JAVA_INT, 128)),
                            Integer.toUnsignedLong(status.get(JAVA_INT, 132))),
                    time(status, MODIFIED),
                    time(status, CHANGED)));
        }
    }

    /** As {@code makedev} has it. */
    private static long deviceNumber(long major, long minor) {
        return ((major & 0xffff_f000L) << 32)
                | ((major & 0xfff) << 8)
                | ((minor & 0xffff_ff00L) << 12)
                | (minor & 0xff);
    }

    private static FileTime time(MemorySegment status, long offset) {
        return FileTime.from(Instant.ofEpochSecond(
                status.get(JAVA_LONG, offset), Integer.toUnsignedLong(status.get(JAVA_INT, offset + Long.BYTES))));
    }

    /** The type alone. */
    public int type() {
        return mode & TYPE;
    }

    /** The permission bits, setuid, setgid and sticky included. */
    public int permissions() {
        return mode & 07777;
    }

    public boolean isRegularFile() {
        return (mode & TYPE) == REGULAR;
    }

    public boolean isDirectory() {
        return (mode & TYPE) == DIRECTORY;
    }

    public boolean isSymbolicLink() {
        return (mode & TYPE) == SYMBOLIC_LINK;
    }

    public boolean isSocket() {
        return (mode & TYPE) == SOCKET;
    }

    /** Whether both are of one file, by whatever names. */
    public boolean isSameFile(FileStatus other) {
        return device == other.device && inode == other.inode;
    }
}
