package io.metalimages.engine.files;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.RootedPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Copies files into a root file system by the rules of the Dockerfile's {@code COPY} as BuildKit has them: a directory
 * gives its content, a symbolic link at the end of a source is followed and one inside a directory is kept, nothing of
 * the destination is ever followed out of the root.
 */
public final class FileCopier {

    private final Path root;
    private final String location;
    private final Optional<Accounts.Ids> owner;
    private final Optional<Integer> mode;
    private final boolean keepTimes;
    private final Map<Inode, Path> copied = new HashMap<>();

    /**
     * @param location where the instruction stands, for messages
     * @param owner empty: the source's
     * @param mode empty: the source's
     * @param keepTimes whether copies are as old as their sources
     */
    public FileCopier(
            Path root, String location, Optional<Accounts.Ids> owner, Optional<Integer> mode, boolean keepTimes) {
        this.root = root;
        this.location = location;
        this.owner = owner;
        this.mode = mode;
        this.keepTimes = keepTimes;
    }

    /** Makes {@code path} a directory, and what is missing above it; new ones belong to {@code owner}, mode 0755. */
    public static Path makeDirectory(Path root, String path, Accounts.Ids owner, String location) throws IOException {
        Path target = RootedPath.resolve(root, path);
        Path current = root;
        for (Path component : root.relativize(target)) {
            current = current.resolve(component);
            if (Files.isDirectory(current, LinkOption.NOFOLLOW_LINKS) || current.equals(root)) {
                continue;
            }
            if (Files.exists(current, LinkOption.NOFOLLOW_LINKS)) {
                throw FaultException.wrongInput(
                        location + ": /" + root.relativize(current) + " is a file, not a directory.",
                        "Choose another destination, or remove the file in an earlier step.");
            }
            Files.createDirectory(current);
            Files.setAttribute(current, "unix:mode", 0755, LinkOption.NOFOLLOW_LINKS);
            changeOwner(current, owner);
        }
        return target;
    }

    /** Copies {@code matches}, found below {@code sourceRoot}, to {@code destination}. */
    public void copy(Path sourceRoot, PathFilter filter, List<SourceFiles.Match> matches, String destination)
            throws IOException {
        boolean intoDirectory = destination.endsWith("/")
                || matches.size() > 1
                || Files.isDirectory(RootedPath.resolve(root, destination));
        for (SourceFiles.Match match : matches) {
            if (match.directory()) {
                Path target = makeDirectory(root, destination, owner.orElse(Accounts.Ids.ROOT), location);
                copyContent(sourceRoot, filter, match.path(), target);
            } else {
                String file = intoDirectory ? destination + "/" + match.name() : destination;
                Path target = RootedPath.resolveParent(root, file);
                makeDirectory(
                        root, "/" + root.relativize(target.getParent()), owner.orElse(Accounts.Ids.ROOT), location);
                copyFile(match.path(), target);
            }
        }
    }

    private void copyContent(Path sourceRoot, PathFilter filter, Path source, Path target) throws IOException {
        SourceFiles.walk(sourceRoot, filter, source, (path, relative) -> {
            if (path.equals(source)) {
                return;
            }
            Path copy = target.resolve(source.relativize(path));
            makeDirectory(root, "/" + root.relativize(copy.getParent()), owner.orElse(Accounts.Ids.ROOT), location);
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                copyDirectory(path, copy);
            } else {
                copyFile(path, copy);
            }
        });
    }

    private void copyDirectory(Path source, Path target) throws IOException {
        if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw conflict(target, "is not a directory, but the copy has one there");
            }
            Files.createDirectory(target);
        }
        copyAttributes(source, target);
    }

    private void copyFile(Path source, Path target) throws IOException {
        if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
            throw conflict(target, "is a directory, but the copy has a file there");
        }
        Files.deleteIfExists(target);
        FileStatus status = FileStatus.of(source);
        if (Files.isSymbolicLink(source)) {
            Files.createSymbolicLink(target, Files.readSymbolicLink(source));
        } else if (!status.isRegularFile()) {
            throw FaultException.wrongInput(
                    location + ": " + source + " is a device, a pipe or a socket, which can't be copied.",
                    "Leave it out in .dockerignore, or name the files that are needed.");
        } else {
            Path sameFile = copied.putIfAbsent(Inode.of(status), target);
            if (sameFile != null && status.links() > 1) {
                Files.createLink(target, sameFile);
                return;
            }
            Files.copy(source, target);
        }
        copyAttributes(source, target);
    }

    /** A file that has several names, by which it is recognised. */
    private record Inode(long device, long number) {
        static Inode of(FileStatus status) {
            return new Inode(status.device(), status.inode());
        }
    }

    /** The owner goes first: changing it takes setuid bits and capabilities away. */
    private void copyAttributes(Path source, Path target) throws IOException {
        FileStatus status = FileStatus.of(source);
        changeOwner(target, owner.orElse(new Accounts.Ids(status.user(), status.group(), List.of())));
        if (Files.isSymbolicLink(target)) {
            return;
        }
        Files.setAttribute(target, "unix:mode", mode.orElse(status.permissions()), LinkOption.NOFOLLOW_LINKS);
        for (Map.Entry<String, byte[]> attribute :
                SourceFiles.copiedAttributes(source).entrySet()) {
            ExtendedAttributes.write(target, attribute.getKey(), attribute.getValue());
        }
        if (keepTimes) {
            Files.setLastModifiedTime(target, status.modified());
        }
    }

    private static void changeOwner(Path file, Accounts.Ids owner) throws IOException {
        Files.setAttribute(file, "unix:uid", owner.user(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(file, "unix:gid", owner.group(), LinkOption.NOFOLLOW_LINKS);
    }

    /** Writes a file whose content is given. */
    public void write(String content, String destination, String name) throws IOException {
        String file = destination.endsWith("/") || Files.isDirectory(RootedPath.resolve(root, destination))
                ? destination + "/" + name
                : destination;
        Path target = RootedPath.resolveParent(root, file);
        Accounts.Ids to = owner.orElse(Accounts.Ids.ROOT);
        makeDirectory(root, "/" + root.relativize(target.getParent()), to, location);
        if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
            throw conflict(target, "is a directory, but the copy has a file there");
        }
        Files.deleteIfExists(target);
        Files.writeString(target, content);
        changeOwner(target, to);
        Files.setAttribute(target, "unix:mode", mode.orElse(0644), LinkOption.NOFOLLOW_LINKS);
    }

    private FaultException conflict(Path target, String why) {
        return FaultException.wrongInput(
                location + ": /" + root.relativize(target) + " " + why + ".",
                "Choose another destination, or remove what is there in an earlier step.");
    }
}
