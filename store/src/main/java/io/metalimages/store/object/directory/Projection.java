package io.metalimages.store.object.directory;

import io.metalimages.common.Digest;
import io.metalimages.store.object.ObjectKey;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A directory whose names all change at once: a symbolic link to one of several directories, which lie side by side in
 * another place. The name of each of those says what is in it. Whoever changes the link holds a lock.
 */
final class Projection {

    private static final int DIGITS = 40;

    private final Path link;
    private final Path places;
    private final SequencedMap<String, ObjectKey> sources;
    private final String identity;

    /**
     * @param link the directory that is seen
     * @param places where the directories are that it was or will be, and nothing else
     * @param sources what it is to hold
     */
    Projection(Path link, Path places, SequencedMap<String, ObjectKey> sources) {
        this.link = link;
        this.places = places;
        this.sources = sources;
        this.identity = Digest.of(sources.entrySet().stream()
                        .map(source -> source.getKey() + "\n" + source.getValue() + "\n")
                        .sorted()
                        .collect(Collectors.joining()))
                .hex()
                .substring(0, DIGITS);
    }

    /** Puts the file of an object at another place, too. */
    @FunctionalInterface
    interface Sharing {
        void share(ObjectKey source, Path file) throws IOException;
    }

    /** Whether the directory is there and holds what it should. */
    boolean isCurrent() throws IOException {
        return current()
                .filter(place -> place.getFileName().toString().startsWith(identity) && Files.isDirectory(place))
                .isPresent();
    }

    private Optional<Path> current() throws IOException {
        return Files.isSymbolicLink(link)
                ? Optional.of(link.resolveSibling(Files.readSymbolicLink(link)).normalize())
                : Optional.empty();
    }

    /** Makes a directory that holds what it should, on disk, that nobody sees yet. */
    Path make(Sharing sharing) throws IOException {
        Path place = Files.createDirectories(places).resolve(identity + "-" + UUID.randomUUID());
        Files.createDirectory(place);
        for (Map.Entry<String, ObjectKey> source : sources.entrySet()) {
            sharing.share(source.getValue(), place.resolve(source.getKey()));
        }
        sync(place);
        sync(places);
        return place;
    }

    /** Makes the link lead to {@code place}. Only a real directory that somebody else put there has to go before. */
    void switchTo(Path place) throws IOException {
        Path unseen = places.resolve("link-" + UUID.randomUUID());
        Files.createSymbolicLink(unseen, link.resolveSibling("").relativize(place.toRealPath()));
        startGrace();
        if (!Files.isSymbolicLink(link)) {
            putAside();
        }
        Files.move(unseen, link, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Makes the directory vanish; returns whether there was one. */
    boolean retire() throws IOException {
        startGrace();
        return Files.deleteIfExists(link) || putAside();
    }

    private void startGrace() throws IOException {
        Optional<Path> replaced = current().filter(Files::isDirectory);
        if (replaced.isPresent()) {
            Files.setLastModifiedTime(replaced.get(), FileTime.from(Instant.now()));
        }
    }

    private boolean putAside() throws IOException {
        if (!Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Path aside = Files.createDirectories(places).resolve("aside-" + UUID.randomUUID());
        Files.move(link, aside, StandardCopyOption.ATOMIC_MOVE);
        Files.setLastModifiedTime(aside, FileTime.from(Instant.now()));
        return true;
    }

    /** Deletes what the link does not lead to, and did not lead to since {@code grace}. */
    void sweep(Duration grace) throws IOException {
        Instant latest = Instant.now().minus(grace);
        Optional<Path> current = current();
        if (!Files.isDirectory(places)) {
            return;
        }
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(places)) {
            for (Path candidate : candidates) {
                boolean isCurrent = current.filter(place -> place.endsWith(candidate.getFileName()))
                        .isPresent();
                Instant modified = Files.getLastModifiedTime(candidate, LinkOption.NOFOLLOW_LINKS)
                        .toInstant();
                if (!isCurrent && modified.isBefore(latest)) {
                    delete(candidate);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Sees to it that the names in a directory outlive a power cut. */
    static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory)) {
            channel.force(true);
        }
    }
}
