package io.metalimages.build;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.parse.DockerfileParser;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.engine.Operation;
import io.metalimages.engine.snapshot.Origin;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.image.ImageConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The images that were built here and given names, for the builds that start from them. Of an image only its name, its
 * configuration and the key of its file system are kept: the files are where the steps have left them, so giving a name costs
 * nothing, and what the cache has lost has to be built again. Safe for use by several processes.
 */
public final class LocalImages {

    private static final String LATEST = "latest";

    private final StateDirectory state;
    private final SnapshotStore snapshots;
    private final WorkDirectory work;

    public LocalImages(StateDirectory state, SnapshotStore snapshots, WorkDirectory work) {
        this.state = state;
        this.snapshots = snapshots;
        this.work = work;
    }

    /**
     * What is kept of an image.
     *
     * @param key of the operation that made its file system; empty for an empty one
     */
    private record Entry(String name, String key, String configuration) {}

    /** The name as it is kept: {@code debian} is {@code docker.io/library/debian:latest}. */
    public static ImageReference name(String text) {
        ImageReference reference = ImageReference.parseFamiliar(text);
        return reference.tag().isPresent() || reference.digest().isPresent() ? reference : reference.withTag(LATEST);
    }

    /** Gives an image a name, in place of the one that has it. */
    public void put(ImageReference name, Snapshot root, ImageConfiguration configuration) throws IOException {
        String key = root.layers().isEmpty()
                ? ""
                : snapshots
                        .origin(root.id())
                        .map(Origin::key)
                        .orElseThrow(() -> new IllegalStateException("Nobody knows what made " + root.id() + "."));
        RecordFile.replace(
                file(name.toString()),
                new Entry(name.toString(), key, new String(configuration.bytes(), StandardCharsets.UTF_8)),
                work);
    }

    /** The image that {@code FROM} means by a name; empty if none has it. */
    Optional<Lowering.Image> find(String name, SourceRange range) throws IOException, InterruptedException {
        Optional<Entry> entry = entry(name);
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        Operation.Label label = new Operation.Label("FROM " + name, range.toString(), "image " + name);
        Operation root = entry.get().key().isEmpty()
                ? new Operation.Scratch(label)
                : new Operation.Kept(label, snapshot(entry.get(), range));
        ImageConfiguration configuration = ImageConfiguration.read(
                entry.get().configuration().getBytes(StandardCharsets.UTF_8), "The configuration of " + name);
        List<Instruction> triggers = configuration.container().onBuild().stream()
                .map(text -> DockerfileParser.parseTrigger(name, text))
                .toList();
        return Optional.of(new Lowering.Image(root, configuration, triggers));
    }

    private Snapshot snapshot(Entry entry, SourceRange range) throws IOException, InterruptedException {
        return snapshots
                .find(new Digest(entry.key()), work)
                .orElseThrow(() -> FaultException.wrongInput(
                        range + ": the image " + entry.name() + " was built here, but its files are no longer cached.",
                        "Build it again."));
    }

    private Optional<Entry> entry(String name) throws IOException {
        try {
            return RecordFile.read(file(name(name).toString()), Entry.class);
        } catch (FaultException noImage) {
            return Optional.empty();
        }
    }

    private Path file(String name) {
        return state.images().resolve(Digest.of(name).hex() + ".json");
    }
}
