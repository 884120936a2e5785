package io.metalimages.engine.files;

import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.archive.ArchiveUnpacker;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Copies files into a root file system by the rules of the Dockerfile's {@code COPY} as BuildKit has them: a directory
 * gives its content, a symbolic link at the end of a source is followed and one inside a directory is kept, nothing of
 * the destination is ever followed out of the root. Belongs to one thread.
 */
public final class FileCopier {

    private static final int BUFFER_BYTES = 1 << 18;
    private static final int NEW_DIRECTORY = 0755;
    private static final int NEW_FILE = 0644;

    private final RootDirectory root;
    private final String location;
    private final Optional<Accounts.Ids> owner;
    private final Optional<ModeChange> mode;
    private final boolean keepTimes;

    /** In the match that is being copied. */
    private final Map<Inode, Copied> copied = new HashMap<>();

    /**
     * @param location where the instruction stands, for messages
     * @param owner empty: the source's where its owners mean something, else root
     * @param mode empty: the source's
     * @param keepTimes whether copies are as old as their sources
     */
    public FileCopier(
            RootDirectory root,
            String location,
            Optional<Accounts.Ids> owner,
            Optional<ModeChange> mode,
            boolean keepTimes) {
        this.root = root;
        this.location = location;
        this.owner = owner;
        this.mode = mode;
        this.keepTimes = keepTimes;
    }

    /** Makes {@code path} a directory, and what is missing above it; new ones belong to {@code owner}, mode 0755. */
    public static void makeDirectory(RootDirectory root, String path, Accounts.Ids owner, String location)
            throws IOException {
        opened(root, path, NEW_DIRECTORY, owner, location).close();
    }

    private static OpenedDirectory opened(
            RootDirectory root, String path, int permissions, Accounts.Ids owner, String location) throws IOException {
        try {
            return root.makeDirectories(path, permissions, owner.user(), owner.group());
        } catch (NotDirectoryException e) {
            throw FaultException.wrongInput(
                    location + ": " + e.getFile() + " is a file, not a directory.",
                    "Choose another destination, or remove the file in an earlier step.");
        } catch (FileSystemLoopException e) {
            throw FaultException.wrongInput(
                    location + ": symbolic links lead in circles at " + path + ".",
                    "Choose another destination, or remove the links in an earlier step.");
        }
    }

    private OpenedDirectory opened(String path) throws IOException {
        int permissions = mode.map(ModeChange::ofNewDirectory).orElse(NEW_DIRECTORY);
        return opened(root, path, permissions, owner.orElse(Accounts.Ids.ROOT), location);
    }

    /**
     * Copies {@code matches} of {@code source} to {@code destination}, one after the other: what is a directory there by
     * then takes a file in, and a later file takes an earlier one's place. The names of one file stay such within a match.
     *
     * @param within what of a directory is copied, by its path below the match
     * @param unpack whether archives are unpacked into the destination instead of being copied
     * @param expected the fingerprints that the source had when the copy was decided on; empty for a source that never
     *     changes
     * @throws FaultException if the source is not what it was, or something of the destination is in the way
     */
    public void copy(
            SourceFiles source,
            List<SourceFiles.Match> matches,
            PathFilter within,
            boolean unpack,
            String destination,
            Optional<Map<String, String>> expected)
            throws IOException {
        Transfer transfer = new Transfer(source, within, expected);
        try {
            for (SourceFiles.Match match : matches) {
                copied.clear();
                if (match.directory()) {
                    transfer.copyContent(match, destination);
                } else if (!unpack || !transfer.unpack(match, destination)) {
                    transfer.copyFile(match, fileAt(destination, match.name()));
                }
            }
        } catch (NoSuchFileException e) {
            if (expected.isPresent()) {
                throw changed(e.getFile());
            }
            throw e;
        }
        transfer.requireComplete();
    }

    /**
     * Makes an empty root file system a copy of everything in {@code source}.
     */
    public void copyEverything(SourceFiles source) throws IOException {
        Transfer transfer = new Transfer(source, PathFilter.ALL, Optional.empty());
        try {
            transfer.copyContent(source.everything(), "/");
        } catch (NoSuchFileException e) {
            throw SourceFiles.changed(location, e.getFile());
        }
    }

    /** Where a file goes: into the destination if that is a directory, else where links at the destination lead. */
    private String fileAt(String destination, String name) throws IOException {
        if (destination.endsWith("/") || isDirectory(destination)) {
            return destination + "/" + name;
        }
        try {
            return root.locate(destination).path();
        } catch (FileSystemLoopException e) {
            return destination;
        }
    }

    private boolean isDirectory(String path) throws IOException {
        Optional<OpenedDirectory> directory = root.findDirectory(path);
        directory.ifPresent(OpenedDirectory::close);
        return directory.isPresent();
    }

    private FaultException changed(String path) {
        return FaultException.failed(
                location + ": " + path + " changed while it was being copied. Build again once it stays the same.",
                null);
    }

    private FaultException conflict(OpenedDirectory directory, String name, String why) {
        String above = directory.path().equals("/") ? "" : directory.path();
        return FaultException.wrongInput(
                location + ": " + above + "/" + name + " " + why + ".",
                "Choose another destination, or remove what is there in an earlier step.");
    }

    /** A file that has several names, by which it is recognised. */
    private record Inode(long device, long number) {
        static Inode of(FileStatus status) {
            return new Inode(status.device(), status.inode());
        }
    }

    /**
     * The first copy of a file that has several names.
     *
     * @param directory where it is, from the root down
     * @param status tells whether it is still there
     */
    private record Copied(List<String> directory, String name, FileStatus status, String fingerprint) {}

    /**
     * A directory of the destination that is open.
     *
     * @param names where it is, from the root down
     * @param modified when the directory that it is a copy of was changed, if that is carried over
     */
    private record Target(OpenedDirectory directory, List<String> names, Optional<FileTime> modified) {}

    /** One copy from one source. */
    private final class Transfer {

        private final SourceFiles source;
        private final Optional<Map<String, String>> expected;
        private final PathFilter within;
        private final Set<String> missing;

        Transfer(SourceFiles source, PathFilter within, Optional<Map<String, String>> expected) {
            this.source = source;
            this.within = within;
            this.expected = expected;
            this.missing = new HashSet<>(expected.map(Map::keySet).orElse(Set.of()));
        }

        void requireComplete() {
            if (!missing.isEmpty()) {
                throw changed(missing.iterator().next());
            }
        }

        private void requireUnchanged(String path, String fingerprint) {
            if (expected.isPresent()) {
                String text = SourceFiles.asText(path);
                if (!fingerprint.equals(expected.get().get(text))) {
                    throw changed(text);
                }
                missing.remove(text);
            }
        }

        void copyFile(SourceFiles.Match match, String file) throws IOException {
            int slash = file.lastIndexOf('/');
            String name = file.substring(slash + 1);
            String above = file.substring(0, slash + 1);
            try (OpenedDirectory target = opened(above)) {
                List<String> names = root.locate(above).names();
                source.walk(match, within, location, new SourceFiles.Visitor() {
                    @Override
                    public void enter(OpenedDirectory directory, String path, boolean included) {
                        throw changed(path);
                    }

                    @Override
                    public void file(OpenedDirectory directory, String entry, String path) throws IOException {
                        copyEntry(directory, entry, path, target, name, names);
                    }

                    @Override
                    public void leave() {}
                });
            }
        }

        /** Unpacks an archive; false if it is none. */
        boolean unpack(SourceFiles.Match match, String destination) throws IOException {
            try (OpenedFile file = source.open(match)) {
                if (!file.status().isRegularFile() || !isArchive(file)) {
                    return false;
                }
                opened(root, destination, NEW_DIRECTORY, owner.orElse(Accounts.Ids.ROOT), location)
                        .close();
                MessageDigest digest = Digests.sha256();
                try (RootDirectory directory = RootDirectory.open(root.hostPath(destination));
                        InputStream bytes = new DigestInputStream(file.read(), digest)) {
                    new ArchiveUnpacker(directory, owner.map(ids -> new ArchiveUnpacker.Owner(ids.user(), ids.group())))
                            .unpack(bytes);
                    bytes.transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    throw FaultException.wrongInput(
                            location + ": " + match.path() + " can't be unpacked: " + reason(e) + ".",
                            "Pack it anew, or copy it as it is: COPY.");
                }
                requireUnchanged(
                        match.path(),
                        source.fingerprint(
                                file.status(),
                                HexFormat.of().formatHex(digest.digest()),
                                SourceFiles.copied(file.attributes())));
                return true;
            }
        }

        private static String reason(IOException failure) {
            return switch (failure) {
                case NotDirectoryException e -> e.getFile() + " is a file, but something is to be put into it";
                case FileSystemLoopException e -> "symbolic links lead in circles at " + e.getFile();
                case FileSystemException e -> e.getFile() + ": " + e.getReason();
                default -> String.valueOf(failure.getMessage());
            };
        }

        private static boolean isArchive(OpenedFile file) throws IOException {
            try (InputStream bytes = file.read()) {
                return ArchiveUnpacker.isArchive(bytes);
            }
        }

        void copyContent(SourceFiles.Match match, String destination) throws IOException {
            Deque<Target> targets = new ArrayDeque<>();
            try {
                source.walk(match, within, location, new SourceFiles.Visitor() {
                    @Override
                    public void enter(OpenedDirectory directory, String path, boolean included) throws IOException {
                        if (expected.isPresent()) {
                            requireUnchanged(path, source.fingerprint(directory));
                        }
                        if (targets.isEmpty()) {
                            opened(destination).close();
                            List<String> names = root.locate(destination).names();
                            Optional<FileTime> modified =
                                    keepTimes ? Optional.of(directory.status().modified()) : Optional.empty();
                            targets.push(new Target(opened(destination), names, modified));
                            return;
                        }
                        targets.push(copyDirectory(directory, path, included, targets.element()));
                    }

                    @Override
                    public void file(OpenedDirectory directory, String entry, String path) throws IOException {
                        Target target = targets.element();
                        copyEntry(directory, entry, path, target.directory(), entry, target.names());
                    }

                    @Override
                    public void leave() throws IOException {
                        try (OpenedDirectory left = targets.element().directory()) {
                            Optional<FileTime> modified = targets.pop().modified();
                            if (modified.isPresent()) {
                                left.changeModified(modified.get());
                            }
                        }
                    }
                });
            } finally {
                targets.forEach(target -> target.directory().close());
            }
        }

        /** A directory that is there already and is not itself meant keeps its owner. */
        private Target copyDirectory(OpenedDirectory from, String path, boolean included, Target above)
                throws IOException {
            String name = path.substring(path.lastIndexOf('/') + 1);
            OpenedDirectory parent = above.directory();
            boolean made = parent.status(name).isEmpty();
            if (made) {
                parent.makeDirectory(name);
            }
            OpenedDirectory directory = parent.directory(name)
                    .orElseThrow(() -> conflict(parent, name, "is not a directory, but the copy has one there"));
            try {
                FileStatus status = from.status();
                if (made || included) {
                    copyAttributes(status, SourceFiles.copied(from.attributes()), source.withOwner(), parent, name);
                } else {
                    parent.changeMode(name, status.permissions());
                }
                return new Target(
                        directory,
                        joined(above.names(), name),
                        keepTimes && (made || included) ? Optional.of(status.modified()) : Optional.empty());
            } catch (IOException | RuntimeException e) {
                directory.close();
                throw e;
            }
        }

        private void copyEntry(
                OpenedDirectory from, String entry, String path, OpenedDirectory to, String name, List<String> toNames)
                throws IOException {
            try (OpenedFile file = from.file(entry).orElseThrow(() -> new NoSuchFileException(path))) {
                FileStatus status = file.status();
                if (status.isDirectory()) {
                    throw changed(path);
                }
                replace(to, name);
                Copied first = status.links() > 1 ? copied.get(Inode.of(status)) : null;
                if (first != null && isLinked(first, to, name)) {
                    requireUnchanged(path, first.fingerprint());
                    return;
                }
                SortedMap<String, byte[]> attributes = SourceFiles.copied(file.attributes());
                String content;
                if (status.isSymbolicLink()) {
                    content = file.readLink();
                    to.makeSymbolicLink(name, content);
                } else if (status.isRegularFile()) {
                    content = copyContent(file, path, to, name);
                } else {
                    content = "";
                    copySpecialFile(status, path, to, name);
                }
                String fingerprint = source.fingerprint(status, content, attributes);
                requireUnchanged(path, fingerprint);
                copyAttributes(status, attributes, source.withOwner(), to, name);
                if (status.links() > 1) {
                    FileStatus made = to.status(name).orElseThrow(() -> new NoSuchFileException(name));
                    copied.put(Inode.of(status), new Copied(toNames, name, made, fingerprint));
                }
            }
        }

        /** Gives the first copy another name, if it is still there: a later file may have taken its place. */
        private boolean isLinked(Copied first, OpenedDirectory to, String name) throws IOException {
            Optional<OpenedDirectory> found = root.directory(first.directory());
            if (found.isEmpty()) {
                return false;
            }
            try (OpenedDirectory directory = found.get()) {
                Optional<FileStatus> there = directory.status(first.name());
                if (there.isEmpty() || !there.get().isSameFile(first.status())) {
                    return false;
                }
                to.makeLink(name, directory, first.name());
                return true;
            }
        }

        /** The digest of what was copied, where that matters. */
        private String copyContent(OpenedFile file, String path, OpenedDirectory to, String name) throws IOException {
            try (InputStream input = file.read();
                    FileChannel output = to.createFile(name)) {
                MessageDigest digest = Digests.sha256();
                byte[] buffer = new byte[BUFFER_BYTES];
                long remaining = file.status().size();
                for (int length = input.read(buffer); length >= 0; length = input.read(buffer)) {
                    remaining -= length;
                    if (expected.isPresent()) {
                        digest.update(buffer, 0, length);
                        if (remaining < 0) {
                            throw changed(path);
                        }
                    }
                    for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length); bytes.hasRemaining(); ) {
                        output.write(bytes);
                    }
                }
                return HexFormat.of().formatHex(digest.digest());
            }
        }

        /** A socket of this machine is nothing without who listens to it: its place is kept, as an empty file. */
        private void copySpecialFile(FileStatus status, String path, OpenedDirectory to, String name)
                throws IOException {
            if (status.isSocket() && !source.withOwner()) {
                to.createFile(name).close();
                return;
            }
            try {
                to.makeSpecialFile(name, status.type(), status.specialDevice());
            } catch (AccessDeniedException e) {
                throw FaultException.wrongInput(
                        location + ": " + path + " is a device, which only root can copy.",
                        "Leave it out in .dockerignore, or name the files that are needed.");
            }
        }
    }

    /** Makes room for a file. */
    private void replace(OpenedDirectory directory, String name) throws IOException {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw conflict(directory, name, "is a directory, but the copy has a file there");
        }
        if (!directory.deleteFile(name) && directory.status(name).isPresent()) {
            throw conflict(directory, name, "is a directory, but the copy has a file there");
        }
    }

    private static List<String> joined(List<String> above, String name) {
        List<String> names = new ArrayList<>(above);
        names.add(name);
        return names;
    }

    /** The owner goes first: changing it takes setuid bits and capabilities away. */
    private void copyAttributes(
            FileStatus status,
            SortedMap<String, byte[]> attributes,
            boolean ownersCount,
            OpenedDirectory directory,
            String name)
            throws IOException {
        Accounts.Ids kept =
                ownersCount ? new Accounts.Ids(status.user(), status.group(), List.of()) : Accounts.Ids.ROOT;
        Accounts.Ids to = owner.orElse(kept);
        directory.changeOwner(name, to.user(), to.group());
        if (status.isSymbolicLink()) {
            return;
        }
        int permissions = status.permissions();
        directory.changeMode(
                name,
                mode.map(change -> change.apply(permissions, status.isDirectory()))
                        .orElse(permissions));
        for (Map.Entry<String, byte[]> attribute : attributes.entrySet()) {
            directory.writeAttribute(name, attribute.getKey(), attribute.getValue());
        }
        if (keepTimes) {
            directory.changeModified(name, status.modified());
        }
    }

    /** Writes a file whose content is given. */
    public void write(String content, String destination, String fileName) throws IOException {
        String file = fileAt(destination, fileName);
        int slash = file.lastIndexOf('/');
        String name = file.substring(slash + 1);
        Accounts.Ids to = owner.orElse(Accounts.Ids.ROOT);
        try (OpenedDirectory directory = opened(file.substring(0, slash + 1))) {
            replace(directory, name);
            try (FileChannel output = directory.createFile(name)) {
                for (ByteBuffer bytes = StandardCharsets.UTF_8.encode(content); bytes.hasRemaining(); ) {
                    output.write(bytes);
                }
            }
            directory.changeOwner(name, to.user(), to.group());
            directory.changeMode(
                    name, mode.map(change -> change.apply(NEW_FILE, false)).orElse(NEW_FILE));
        }
    }
}
