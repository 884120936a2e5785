package io.metalimages.pipeline;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.export.Artifact;
import io.metalimages.common.Digest;
import io.metalimages.common.linux.KeyLocks;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.supplychain.statement.BuildFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is known of the artifacts that were made on this machine: from what each was made, and what its files looked like
 * when it was done. A record that can't be read, or doesn't fit, only means that an artifact is made again. Safe for use by
 * several threads and processes.
 */
final class ArtifactRecords {

    private static final JsonMapper JSON = new JsonMapper();

    private final Path directory;
    private final KeyLocks locks;
    private final WorkDirectory work;

    ArtifactRecords(StateDirectory state, WorkDirectory work) {
        this.directory = state.artifacts();
        this.locks = KeyLocks.shared(state.locks("artifacts"));
        this.work = work;
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
        Optional<Entry> entry = RecordFile.read(record(images), Entry.class);
        if (entry.isEmpty()
                || !entry.get().key().equals(key.hex())
                || !entry.get().files().equals(states(images))) {
            return Optional.empty();
        }
        return Optional.of(entry.get().artifact().foundIn(images));
    }

    /** Writes down that {@code artifact}, in {@code images}, was made from what {@code key} says. */
    void remember(Digest key, Artifact artifact, Path images) throws IOException {
        RecordFile.replace(record(images), new Entry(key.hex(), states(images), artifact), work);
    }

    /**
     * Does {@code action} while no other build looks at or writes the artifact in {@code images}: what is remembered of it
     * would else be of another one's files.
     */
    <T> T alone(Path images, KeyLocks.Work<T> action) throws IOException, InterruptedException {
        return locks.exclusively(name(images), action);
    }

    private Path record(Path images) {
        return directory.resolve(name(images) + ".json");
    }

    private static String name(Path images) {
        return Digest.of(images.toAbsolutePath().normalize().toString()).hex();
    }

    /** Signatures and the test result come later, and belong to what they tell of: they have no part in this. */
    private static SortedMap<String, FileState> states(Path images) throws IOException {
        SortedMap<String, FileState> states = new TreeMap<>();
        for (Map.Entry<String, Path> file : ArtifactLocation.in(images).files().entrySet()) {
            if (!ArtifactLocation.MADE_LATER.contains(file.getKey())) {
                states.put(file.getKey(), FileState.of(file.getValue()));
            }
        }
        return states;
    }
}
