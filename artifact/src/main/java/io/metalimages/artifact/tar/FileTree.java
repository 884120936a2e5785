package io.metalimages.artifact.tar;

import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
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
 * <p>Takes some 900 bytes of memory for each file.
 *
 * @param items in order
 * @param tarBytes size of the whole tar
 * @param notes what was left out although no rule says so
 */
public record FileTree(List<Item> items, long tarBytes, List<String> notes) {

    /** Two zero blocks end a tar. */
    public static final int END_BYTES = 2 * TarHeader.BLOCK;

    /** The entries, in order. */
    public List<TarEntry> entries() {
        return items.stream().map(Item::entry).toList();
    }

    /** An entry and what it is made from. */
    public static final class Item {

        private final TarEntry entry;
        private final byte[] header;
        private final Optional<FileVersion> version;

        Item(TarEntry entry, Optional<FileVersion> version) {
            this.entry = entry;
            this.header = TarHeader.encode(entry);
            this.version = version;
        }

        TarEntry entry() {
            return entry;
        }

        /** The bytes before its content. */
        byte[] header() {
            return header;
        }

        /** Of the file that its content comes from, if it has any. */
        Optional<FileVersion> version() {
            return version;
        }

        /** Of all its bytes in the tar. */
        long length() {
            return header.length + entry.size() + TarHeader.padding(entry.size());
        }

        boolean isDirectory() {
            return entry.type() == TarEntry.Type.DIRECTORY;
        }
    }

    /**
     * What the walk has found at a path.
     *
     * @param shared the inode, if it is a file that has other paths too
     * @param version of the content, if there is any
     */
    private record Found(TarEntry entry, Optional<FileStatus.Inode> shared, Optional<FileVersion> version) {}

    /**
     * Walks the tree at {@code root}.
     *
     * @param times the modification times of the entries
     * @param live whether the tree may change meanwhile; then what goes away is left out
     * @throws FaultException if the tree cannot be read, or has something that no machine can be given
     * @throws InterruptedException if the thread was interrupted
     */
    public static FileTree walk(Path root, ModificationTimes times, boolean live) throws InterruptedException {
        try (RootDirectory opened = RootDirectory.open(root)) {
            return new Walk(opened, times, live).run();
        } catch (IOException e) {
            throw FaultException.failed("The image's file system cannot be read: " + InputOutputReason.of(e) + ".", e);
        }
    }

    private static final class Walk {

        private final RootDirectory root;
        private final ModificationTimes times;
        private final boolean live;
        private final List<Found> directories = new ArrayList<>();
        private final List<Found> others = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();

        Walk(RootDirectory root, ModificationTimes times, boolean live) {
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
            List<Item> items = new ArrayList<>(directories.size() + others.size());
            sorted(directories).forEach(found -> items.add(new Item(found.entry(), found.version())));
            Map<FileStatus.Inode, String> firstPaths = new HashMap<>();
            for (Found found : sorted(others)) {
                TarEntry entry = found.entry();
                Optional<String> first = found.shared()
                        .flatMap(inode -> Optional.ofNullable(firstPaths.putIfAbsent(inode, entry.path())));
                items.add(
                        first.isPresent()
                                ? new Item(hardLink(entry, first.get()), Optional.empty())
                                : new Item(entry, found.version()));
            }
            long bytes = END_BYTES + items.stream().mapToLong(Item::length).sum();
            notes.sort(Comparator.naturalOrder());
            return new FileTree(List.copyOf(items), bytes, List.copyOf(notes));
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

        private void visit(String path, Deque<String> remaining) throws IOException {
            ShippedState.InDirectory rules = ShippedState.in(path);
            List<String> names = path.isEmpty() ? List.of() : List.of(path.split("/"));
            try (OpenedDirectory directory =
                    root.directory(names).orElseThrow(() -> new NoSuchFileException("/" + path))) {
                for (String name : directory.names()) {
                    visitUnlessGone(directory, path.isEmpty() ? name : path + "/" + name, name, rules, remaining);
                }
            } catch (NoSuchFileException e) {
                requireLive(e);
            }
        }

        private void visitUnlessGone(
                OpenedDirectory directory,
                String path,
                String name,
                ShippedState.InDirectory rules,
                Deque<String> remaining)
                throws IOException {
            try {
                visit(directory, path, name, rules, remaining);
            } catch (NoSuchFileException e) {
                requireLive(e);
            }
        }

        private void requireLive(NoSuchFileException gone) throws NoSuchFileException {
            if (!live) {
                throw gone;
            }
        }

        private void visit(
                OpenedDirectory directory,
                String path,
                String name,
                ShippedState.InDirectory rules,
                Deque<String> remaining)
                throws IOException {
            requireText(name, "The name of /", path);
            FileStatus status =
                    FileStatus.of(directory.status(name).orElseThrow(() -> new NoSuchFileException("/" + path)));
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
                    directories.add(found(entry(directory, path, name, TarEntry.Type.DIRECTORY, status, 0, "")));
                    remaining.push(path);
                }
                case SYMBOLIC_LINK -> {
                    String target = directory.readLink(name);
                    requireText(target, "The target of the symbolic link /", path);
                    others.add(found(entry(directory, path, name, TarEntry.Type.SYMBOLIC_LINK, status, 0, target)));
                }
                case REGULAR -> {
                    long size = emptied ? 0 : status.size();
                    others.add(new Found(
                            entry(directory, path, name, TarEntry.Type.FILE, status, size, ""),
                            Optional.of(status.inode()).filter(_ -> status.links() > 1 && !emptied),
                            Optional.of(FileVersion.of(status)).filter(_ -> size > 0)));
                }
            }
        }

        private static Found found(TarEntry entry) {
            return new Found(entry, Optional.empty(), Optional.empty());
        }

        private TarEntry entry(
                OpenedDirectory directory,
                String path,
                String name,
                TarEntry.Type type,
                FileStatus status,
                long size,
                String target)
                throws IOException {
            return new TarEntry(
                    type,
                    path,
                    status.permissions(),
                    status.owner(),
                    status.group(),
                    times.inTar(status.modified()),
                    size,
                    target,
                    attributesOfImage(directory.attributes(name), path));
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

    /**
     * The attributes that belong to the image. Not those that overlayfs keeps its books in, nor those by which the
     * building machine's kernel labels or seals files for itself.
     */
    static SortedMap<String, byte[]> attributesOfImage(SortedMap<String, byte[]> attributes, String path) {
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

    /** Bytes of a name that are not UTF-8 are lone surrogates, see {@link OpenedDirectory}. */
    private static void requireText(String name, String what, String path) {
        boolean text = name.codePoints()
                .noneMatch(character -> character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE);
        if (!text) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    what + path
                            + " is not UTF-8, and neither a tar nor the programs of the image could agree on what it is.",
                    "Rename or remove it in the Dockerfile.",
                    null);
        }
    }
}
