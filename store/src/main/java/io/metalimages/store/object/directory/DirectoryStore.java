package io.metalimages.store.object.directory;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.common.linux.PendingDirectory;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Capabilities;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectInput;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectReader;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A store in a directory, one file an object, as a web server would serve it. Whoever writes has to see the file locks of
 * the others.
 *
 * <p>A file gets its name when it is whole and on disk, and is never written to again; so objects with equal content may
 * be one file with several names. What is no object lies in {@code .metal-images}: unfinished files, a lock that is held
 * whenever a name changes, and the directories that {@link #project} makes, each of which is reached by one symbolic link.
 * Symbolic links that lead elsewhere are not followed.
 */
public final class DirectoryStore implements ObjectStore {

    private static final String OWN = ".metal-images";

    /** How long a directory that was replaced stays, for those who are on their way into it. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final Path root;
    private final Path own;
    private final Path projections;
    private final DirectoryLock lock;

    private DirectoryStore(Path root) {
        this.root = root;
        this.own = root.resolve(OWN);
        this.projections = own.resolve("projections");
        this.lock = new DirectoryLock(own);
    }

    /**
     * The store in the directory {@code root}, which is made when something is written.
     *
     * @throws FaultException if it is something else than a directory
     */
    public static DirectoryStore in(Path root) {
        Path absolute = root.toAbsolutePath().normalize();
        if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
            throw FaultException.wrongInput(
                    absolute + " is not a directory.", "Name a directory for the store; it need not exist.");
        }
        return new DirectoryStore(absolute);
    }

    @Override
    public String address() {
        return root.toString();
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(true, true);
    }

    @Override
    public Stream<ObjectSummary> list(String directory) throws StoreException {
        Path start = directory.isEmpty() ? root : path(new ObjectKey(directory));
        return attempt(
                "list " + start,
                () -> isDirectory(start) ? new DirectoryListing(root, this).below(start) : Stream.empty());
    }

    @Override
    public List<String> directories(String directory) throws StoreException {
        Path start = path(new ObjectKey(directory));
        return attempt(
                "list " + start,
                () -> isDirectory(start) ? new DirectoryListing(root, this).directories(start) : List.of());
    }

    @Override
    public Optional<ObjectSummary> find(ObjectKey key) throws StoreException {
        return attempt("look for " + key, () -> summary(key));
    }

    @Override
    public ObjectReader read(ObjectKey key, ByteRange range) throws StoreException {
        return attempt("read " + key, () -> {
            Optional<ObjectReader> reader = Optional.empty();
            while (reader.isEmpty()) {
                ObjectSummary summary = summary(key).orElseThrow(() -> new StoreException.NoSuchObject(key, address()));
                reader = open(summary, range);
            }
            return reader.get();
        });
    }

    /** Opens what {@code summary} tells of; empty if the name has got another file since. */
    private Optional<ObjectReader> open(ObjectSummary summary, ByteRange range) throws IOException {
        ObjectKey key = summary.key();
        FileChannel channel;
        try {
            channel = FileChannel.open(path(key));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            if (summary(key).filter(summary::equals).isEmpty()) {
                channel.close();
                return Optional.empty();
            }
            channel.position(Math.min(range.start(), summary.bytes()));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        InputStream content =
                new ObjectInput(Channels.newInputStream(channel), range.within(summary.bytes()), key, address());
        return Optional.of(new ObjectReader(key, summary.bytes(), summary.version(), content));
    }

    @Override
    public boolean holds(ObjectKey key, Content content) throws StoreException {
        return attempt("read " + key, () -> {
            try {
                return summary(key)
                                .filter(found -> found.bytes() == content.bytes())
                                .isPresent()
                        && Digest.ofFile(path(key)).equals(content.fingerprint().sha256());
            } catch (NoSuchFileException e) {
                return false;
            }
        });
    }

    @Override
    public ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException {
        return attempt("write " + key, () -> {
            requireAbsent(key);
            try (PendingDirectory pending = pending()) {
                Path file = filled(pending, key, content);
                return lock.exclusively(() -> {
                    requireAbsent(key);
                    name(file, key);
                    return version(path(key));
                });
            }
        });
    }

    private void requireAbsent(ObjectKey key) throws IOException {
        if (summary(key).isPresent()) {
            throw new StoreException.ObjectExists(key, address());
        }
    }

    @Override
    public ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException {
        return attempt("replace " + key, () -> {
            try (PendingDirectory pending = pending()) {
                Path file = filled(pending, key, content);
                return lock.exclusively(() -> {
                    ObjectSummary current = summary(key)
                            .filter(found -> found.version().equals(expected))
                            .orElseThrow(() -> new StoreException.VersionChanged(key, address()));
                    makeYounger(file, current.modified());
                    name(file, key);
                    return version(path(key));
                });
            }
        });
    }

    /** The time is what tells a file from an earlier one that had the same place on the disk. */
    private static void makeYounger(Path file, Instant other) throws IOException {
        if (!Files.getLastModifiedTime(file).toInstant().isAfter(other)) {
            Files.setLastModifiedTime(file, FileTime.from(other.plusNanos(1000)));
        }
    }

    @Override
    public void copy(ObjectKey source, ObjectKey target) throws StoreException {
        attempt("copy " + source + " to " + target, () -> {
            try (PendingDirectory pending = pending()) {
                Path file = pending.resolve("copy");
                share(source, file);
                return lock.exclusively(() -> {
                    name(file, target);
                    return target;
                });
            }
        });
    }

    @Override
    public boolean project(ObjectKey directory, SequencedMap<String, ObjectKey> sources) throws StoreException {
        Path link = path(directory);
        Path places = projections.resolve(Digest.of(directory.value()).hex());
        Projection projection = new Projection(link, places, sources);
        return attempt("change " + directory, () -> {
            if (projection.isCurrent()) {
                return false;
            }
            if (sources.isEmpty()) {
                return lock.exclusively(() -> {
                    boolean retired = projection.retire();
                    projection.sweep(GRACE);
                    return retired;
                });
            }
            Path place = projection.make(this::share);
            return lock.exclusively(() -> {
                makeParent(directory);
                projection.switchTo(place);
                Projection.sync(link.resolveSibling(""));
                projection.sweep(GRACE);
                return true;
            });
        });
    }

    @Override
    public void delete(ObjectKey key) throws StoreException {
        attempt(
                "delete " + key,
                () -> lock.exclusively(() -> {
                    if (summary(key).isPresent()) {
                        makeParent(key);
                        Files.deleteIfExists(path(key));
                        Projection.sync(path(key).resolveSibling(""));
                    }
                    return key;
                }));
    }

    @Override
    public void close() {}

    private Path path(ObjectKey key) {
        return root.resolve(key.value());
    }

    private Optional<ObjectSummary> summary(ObjectKey key) throws IOException {
        Path file = path(key);
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.isRegularFile() && isOfStore(file)
                    ? Optional.of(new ObjectSummary(
                            key,
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant(),
                            version(attributes)))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (FileSystemException e) {
            if (fileAbove(file).isPresent()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether there is a directory of this store at {@code path}. */
    boolean isDirectory(Path path) throws IOException {
        return Files.isDirectory(path) && isOfStore(path);
    }

    /** Whether a path leads to where it says, or by a link that {@link #project} made. */
    private boolean isOfStore(Path path) throws IOException {
        Path realRoot = root.toRealPath();
        Path real = path.toRealPath();
        return real.equals(realRoot.resolve(root.relativize(path)))
                || real.startsWith(realRoot.resolve(root.relativize(projections)));
    }

    private Optional<Path> fileAbove(Path path) {
        return Stream.iterate(path.getParent(), above -> above.startsWith(root), Path::getParent)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private static ObjectVersion version(Path file) throws IOException {
        return version(Files.readAttributes(file, BasicFileAttributes.class));
    }

    private static ObjectVersion version(BasicFileAttributes attributes) {
        return new ObjectVersion(attributes.fileKey() + " " + attributes.size() + " " + attributes.lastModifiedTime());
    }

    private PendingDirectory pending() throws IOException {
        return PendingDirectory.open(Files.createDirectories(own.resolve("unfinished")));
    }

    /** A file with the content, on disk, that nobody may write to. */
    private Path filled(PendingDirectory pending, ObjectKey key, Content content) throws IOException {
        Path file = pending.resolve("content");
        Fingerprint written;
        try (InputStream input = content.open(ByteRange.ALL);
                OutputStream output = Files.newOutputStream(file)) {
            written = Fingerprint.transfer(input, output);
        }
        if (!written.equals(content.fingerprint())) {
            throw new StoreException.ContentDamaged(
                    "What was to become " + key + " in " + address() + " has the SHA-256 " + written.sha256()
                            + " and not, as it should, "
                            + content.fingerprint().sha256() + ".",
                    null);
        }
        Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        permissions.removeAll(EnumSet.of(
                PosixFilePermission.OWNER_WRITE, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE));
        Files.setPosixFilePermissions(file, permissions);
        Projection.sync(file);
        return file;
    }

    /** Gives the file of an object another name, or makes a copy of it where that cannot be. */
    private void share(ObjectKey source, Path file) throws IOException {
        if (summary(source).isEmpty()) {
            throw new StoreException.NoSuchObject(source, address());
        }
        Path from = path(source).toRealPath();
        try {
            Files.createLink(file, from);
        } catch (UnsupportedOperationException | FileSystemException noLink) {
            try {
                Files.copy(from, file, StandardCopyOption.COPY_ATTRIBUTES);
                Projection.sync(file);
            } catch (IOException e) {
                e.addSuppressed(noLink);
                throw e;
            }
        }
    }

    /** Gives an unfinished file its name, instead of the one that had it. The lock is held. */
    private void name(Path file, ObjectKey key) throws IOException {
        Path target = path(key);
        makeParent(key);
        if (Files.isDirectory(target)) {
            throw new StoreException.Refused(target + " is a directory, so it cannot be an object.", null);
        }
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        Projection.sync(target.resolveSibling(""));
    }

    /** Makes the directories above {@code key}, and refuses those that are not real ones. */
    private void makeParent(ObjectKey key) throws IOException {
        Path parent = path(key).resolveSibling("");
        Optional<Path> above = fileAbove(path(key));
        if (above.isPresent()) {
            throw new StoreException.Refused(
                    above.get() + " is a file, so there can be no " + key + " below it.", null);
        }
        if (!Files.isDirectory(parent)) {
            Files.createDirectories(parent);
            for (Path made = parent; !made.equals(root); made = made.resolveSibling("")) {
                Projection.sync(made.resolveSibling(""));
            }
        }
        if (!parent.toRealPath().equals(root.toRealPath().resolve(root.relativize(parent)))) {
            throw new StoreException.Refused(
                    parent + " is not a directory of its own but a link, so " + key + " cannot be changed.", null);
        }
    }

    private <T> T attempt(String what, DirectoryLock.Work<T> work) throws StoreException {
        try {
            return work.perform();
        } catch (StoreException e) {
            throw e;
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            throw new FaultException(FaultException.Category.INTERRUPTED, "It was interrupted.", null, e);
        } catch (IOException e) {
            throw new StoreException.Refused(
                    "Tried to " + what + " in " + address() + " but failed: " + InputOutputReason.of(e) + ".", e);
        }
    }
}
