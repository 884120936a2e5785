package io.metalimages.pipeline;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.export.Artifact;
import io.metalimages.common.Digest;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.supplychain.BuildFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is known of the artifacts that were made on this machine: from what each was made, and what its files looked like
 * when it was done. A record that can't be read, or doesn't fit, only means that an artifact is made again. Safe for use by
 * several threads and processes.
 */
final class ArtifactRecords {

    private static final JsonMapper JSON = new JsonMapper();

    private final Path directory;

    ArtifactRecords(Path directory) {
        this.directory = directory;
    }

    /**
     * What is written down of an artifact.
     *
     * @param key of what it was made from
     * @param files by name, what they looked like
     */
    private record Entry(String key, SortedMap<String, FileState> files, Artifact artifact) {}

    /**
     * What tells a file from one that was changed since or put in its place.
     *
     * @param inode which one it is, with its device
     * @param modified nanoseconds since 1970
     * @param changed of the inode, which nobody can set; nanoseconds since 1970
     */
    private record FileState(String inode, long size, long modified, long changed) {

        static FileState of(Path file) throws IOException {
            Map<String, Object> attributes =
                    Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
            return new FileState(
                    attributes.get("dev") + ":" + attributes.get("ino"),
                    attribute(attributes, "size", Long.class),
                    nanoseconds(attributes, "lastModifiedTime"),
                    nanoseconds(attributes, "ctime"));
        }

        private static long nanoseconds(Map<String, Object> attributes, String name) {
            return attribute(attributes, name, FileTime.class).to(TimeUnit.NANOSECONDS);
        }

        private static <T> T attribute(Map<String, Object> attributes, String name, Class<T> type) {
            return type.cast(Objects.requireNonNull(attributes.get(name), name));
        }
    }

    /** The key of everything that decides the bytes of an artifact: equal keys, equal files. */
    static Digest key(Snapshot snapshot, Instant date, BuildFacts facts) throws IOException {
        SortedMap<String, Object> parts = new TreeMap<>();
        parts.put("snapshot", snapshot.id());
        parts.put("begun", snapshot.begun().toString());
        parts.put("date", date.toString());
        parts.put("facts", facts);
        parts.put("program", ProgramIdentity.digest().hex());
        return Digest.of(JSON.writeValueAsBytes(parts));
    }

    /** The artifact in {@code images}, if it was made from what {@code key} says and is as it was made. */
    Optional<Artifact> find(Digest key, Path images) throws IOException {
        Path record = record(images);
        try {
            Entry entry = JSON.readValue(Files.readAllBytes(record), Entry.class);
            return entry.key().equals(key.hex()) && entry.files().equals(states(images))
                    ? Optional.of(entry.artifact().foundIn(images))
                    : Optional.empty();
        } catch (NoSuchFileException | JacksonException | NullPointerException absentOrDamaged) {
            return Optional.empty();
        }
    }

    /** Writes down that {@code artifact}, in {@code images}, was made from what {@code key} says. */
    void remember(Digest key, Artifact artifact, Path images) throws IOException {
        Path record = record(images);
        Path written = Files.createTempFile(directory, ".", ".json");
        try {
            Files.write(written, JSON.writeValueAsBytes(new Entry(key.hex(), states(images), artifact)));
            Files.move(written, record, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    private Path record(Path images) {
        return directory.resolve(
                Digest.of(images.toAbsolutePath().normalize().toString()).hex() + ".json");
    }

    /** The signature comes later, and belongs to what it signs: it has no part in this. */
    private static SortedMap<String, FileState> states(Path images) throws IOException {
        SortedMap<String, FileState> states = new TreeMap<>();
        for (Map.Entry<String, Path> file : ArtifactLocation.in(images).files().entrySet()) {
            if (!file.getKey().equals(ArtifactLocation.SIGNATURE)) {
                states.put(file.getKey(), FileState.of(file.getValue()));
            }
        }
        return states;
    }
}
