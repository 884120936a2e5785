package io.metalimages.artifact.tar;

import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.common.linux.ExtendedAttributes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The entries of an image, in the order of the tar, from the metadata of a root file system.
 *
 * <p>All directories come first, then everything else; both sorted by the bytes of their paths. So a directory comes
 * before what is in it, and the times of directories, which every build changes, lie together instead of between the
 * contents that stay the same. Of the paths of one inode the first is the file, the others are hard links to it.
 *
 * <p>Takes some 300 bytes of memory for each file.
 *
 * @param entries in order
 * @param tarBytes size of the whole tar
 * @param notes what was left out although no rule says so
 */
public record FileTree(List<TarEntry> entries, long tarBytes, List<String> notes) {

    /** Two zero blocks end a tar. */
    public static final int END_BYTES = 2 * TarHeader.BLOCK;

    /** An entry and, if it is a file that has other paths too, its inode. */
    private record Found(TarEntry entry, Optional<FileStatus.Inode> shared) {}

    /**
     * Walks the tree at {@code root}.
     *
     * @param times the modification times of the entries
     * @param live whether the tree may change meanwhile; then what goes away is left out
     * @throws FaultException if the tree cannot be read, or has something that no machine can be given
     * @throws InterruptedException if the thread was interrupted
     */
    public static FileTree walk(Path root, ModificationTimes times, boolean live) throws InterruptedException {
        Walk walk = new Walk(root, times, live);
        try {
            return walk.run();
        } catch (IOException e) {
            throw FaultException.failed("The image's file system cannot be read: " + InputOutputReason.of(e) + ".", e);
        }
    }

    private static final class Walk {

        private final Path root;
        private final ModificationTimes times;
        private final boolean live;
        private final List<Found> directories = new ArrayList<>();
        private final List<Found> others = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();

        Walk(Path root, ModificationTimes times, boolean live) {
            this.root = root;
            this.times = times;
            this.live = live;
        }

        FileTree run() throws IOException, InterruptedException {
            Deque<String> remaining = new ArrayDeque<>(List.of(""));
            while (!remaining.isEmpty()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                visit(remaining.pop(), remaining);
            }
            List<TarEntry> entries = new ArrayList<>(directories.size() + others.size());
            sorted(directories).forEach(found -> entries.add(found.entry()));
            Map<FileStatus.Inode, String> firstPaths = new HashMap<>();
            for (Found found : sorted(others)) {
                TarEntry entry = found.entry();
                Optional<String> first = found.shared()
                        .flatMap(inode -> Optional.ofNullable(firstPaths.putIfAbsent(inode, entry.path())));
                entries.add(first.isPresent() ? hardLink(entry, first.get()) : entry);
            }
            long bytes = END_BYTES;
            for (TarEntry entry : entries) {
                bytes += TarHeader.encode(entry).length + entry.size() + TarHeader.padding(entry.size());
            }
            notes.sort(Comparator.naturalOrder());
            return new FileTree(List.copyOf(entries), bytes, List.copyOf(notes));
        }

        private static List<Found> sorted(List<Found> found) {
            found.sort(Comparator.comparing(each -> each.entry().path(), FileTree::compareBytes));
            return found;
        }

        private static TarEntry hardLink(TarEntry entry, String target) {
            return new TarEntry(
                    TarEntry.Type.HARD_LINK,
                    entry.path(),
                    entry.mode(),
                    entry.owner(),
                    entry.group(),
                    entry.modified(),
                    0,
                    target,
                    new TreeMap<>());
        }

        private void visit(String directory, Deque<String> remaining) throws IOException {
            ShippedState.InDirectory rules = ShippedState.in(directory);
            try (DirectoryStream<Path> children = Files.newDirectoryStream(root.resolve(directory))) {
                for (Path child : children) {
                    visitUnlessGone(directory, child, rules, remaining);
                }
            } catch (NoSuchFileException e) {
                requireLive(e);
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }

        private void visitUnlessGone(
                String directory, Path child, ShippedState.InDirectory rules, Deque<String> remaining)
                throws IOException {
            try {
                visit(directory, child, rules, remaining);
            } catch (NoSuchFileException e) {
                requireLive(e);
            }
        }

        private void requireLive(NoSuchFileException gone) throws NoSuchFileException {
            if (!live) {
                throw gone;
            }
        }

        private void visit(String directory, Path child, ShippedState.InDirectory rules, Deque<String> remaining)
                throws IOException {
            String name = child.getFileName().toString();
            String path = directory.isEmpty() ? name : directory + "/" + name;
            requireReadableName(child, name, path);
            FileStatus status = FileStatus.of(child);
            boolean regular = status.type() == FileStatus.Type.REGULAR;
            ShippedState.Fate fate = rules.fateOf(name, regular, status.size());
            if (fate == ShippedState.Fate.LEFT_OUT) {
                return;
            }
            boolean emptied = fate == ShippedState.Fate.EMPTIED;
            switch (status.type()) {
                case SOCKET ->
                    notes.add("Left out of the image: /" + path
                            + " is a socket, which only the program that made it can use.");
                case DEVICE, PIPE -> throw cannotShip(path, status.type());
                case DIRECTORY -> {
                    directories.add(found(child, path, TarEntry.Type.DIRECTORY, status, 0, ""));
                    remaining.push(path);
                }
                case SYMBOLIC_LINK -> {
                    String target = Files.readSymbolicLink(child).toString();
                    requireReadableTarget(child, target, path);
                    others.add(found(child, path, TarEntry.Type.SYMBOLIC_LINK, status, 0, target));
                }
                case REGULAR -> {
                    Found file = found(child, path, TarEntry.Type.FILE, status, emptied ? 0 : status.size(), "");
                    others.add(
                            status.links() > 1 && !emptied
                                    ? new Found(file.entry(), Optional.of(status.inode()))
                                    : file);
                }
            }
        }

        private Found found(Path file, String path, TarEntry.Type type, FileStatus status, long size, String target)
                throws IOException {
            return new Found(
                    new TarEntry(
                            type,
                            path,
                            status.permissions(),
                            status.owner(),
                            status.group(),
                            times.inTar(status.modified()),
                            size,
                            target,
                            extendedAttributes(file, path)),
                    Optional.empty());
        }

        /**
         * The attributes that belong to the image. Not those that overlayfs keeps its books in, nor those by which the
         * building machine's kernel labels or seals files for itself.
         */
        private static SortedMap<String, byte[]> extendedAttributes(Path file, String path) throws IOException {
            SortedMap<String, byte[]> attributes = ExtendedAttributes.read(file);
            if (attributes.isEmpty()) {
                return attributes;
            }
            attributes
                    .keySet()
                    .removeIf(name -> name.startsWith("trusted.overlay.")
                            || name.startsWith("user.overlay.")
                            || name.equals("security.selinux")
                            || name.equals("security.ima")
                            || name.equals("security.evm"));
            for (String name : attributes.keySet()) {
                if (name.contains("=")) {
                    throw FaultException.failed(
                            "/" + path + " has the extended attribute \"" + name
                                    + "\"; a tar cannot hold one with an equals sign in its name.",
                            null);
                }
            }
            return attributes;
        }

        private static FaultException cannotShip(String path, FileStatus.Type type) {
            return new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "The image has /" + path + ", which is " + type.description()
                            + ": metal-hammer would put a regular file in its place.",
                    "Remove it in the Dockerfile; what needs it on a running machine gets it from tmpfiles.d.",
                    null);
        }
    }

    /** Compares as the UTF-8 bytes would: characters beyond the first 65,536, which are surrogates here, come last. */
    private static int compareBytes(String one, String other) {
        int common = Math.min(one.length(), other.length());
        for (int i = 0; i < common; i++) {
            char left = one.charAt(i);
            char right = other.charAt(i);
            if (left != right) {
                return Character.isSurrogate(left) == Character.isSurrogate(right)
                        ? Character.compare(left, right)
                        : Boolean.compare(Character.isSurrogate(left), Character.isSurrogate(right));
            }
        }
        return Integer.compare(one.length(), other.length());
    }

    private static void requireReadableName(Path file, String name, String path) {
        if (!isAscii(name) && !bytesOf(file).endsWith("/" + percentEncoded(name))) {
            throw unreadable("The name of /" + path);
        }
    }

    private static void requireReadableTarget(Path link, String target, String path) throws IOException {
        if (!isAscii(target) && !bytesOf(Files.readSymbolicLink(link)).endsWith(percentEncoded(target))) {
            throw unreadable("The target of the symbolic link /" + path);
        }
    }

    private static FaultException unreadable(String what) {
        String encoding = System.getProperty("sun.jnu.encoding", "unknown");
        if (!encoding.equals("UTF-8")) {
            return FaultException.missing(
                    what + " has characters that this program was started without: it reads names as " + encoding
                            + ", not as UTF-8.",
                    "Start it with LC_ALL=C.UTF-8 in the environment.");
        }
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                what + " is not UTF-8, and neither a tar nor the programs of the image could agree on what it is.",
                "Rename or remove it in the Dockerfile.",
                null);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** The exact bytes of a path as the system knows them: a URI has those, whatever the platform's encoding. */
    private static String bytesOf(Path path) {
        String encoded = path.toUri().getRawPath();
        return encoded.endsWith("/") && !path.toString().endsWith("/")
                ? encoded.substring(0, encoded.length() - 1)
                : encoded;
    }

    /** What a URI's path may hold as it is (RFC 2396). */
    private static final String UNENCODED =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.!~*'():@&=+$,";

    /** As {@link Path#toUri()} encodes a path whose bytes are the UTF-8 of {@code text}. */
    private static String percentEncoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte part : text.getBytes(StandardCharsets.UTF_8)) {
            if (UNENCODED.indexOf(part) >= 0) {
                encoded.append((char) part);
            } else {
                encoded.append("%%%02X".formatted(part & 0xff));
            }
        }
        return encoded.toString();
    }
}
