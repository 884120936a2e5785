package io.metalimages.pipeline;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.build.BuiltImage;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.common.Digest;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.supplychain.ImageDocuments;
import io.metalimages.supplychain.statement.BuildFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes images: each from its definition to the artifact in its directory. One after the other, on the calling thread and
 * those that it starts.
 */
public final class ImagePipeline {

    private final ImageBuilder builder;
    private final BuildOrigin origin;
    private final SnapshotStore snapshots;
    private final WorkDirectory work;
    private final BlockCache blockCache;
    private final ArtifactRecords records;
    private final PipelineOptions options;

    /**
     * A pipeline for images that may start from each other.
     *
     * @param home the checkout that paths in provenances are relative to
     * @param environment of the process, which may name another archive and tells of who runs the build
     */
    public ImagePipeline(
            Path home,
            Definitions definitions,
            StateDirectory state,
            WorkDirectory work,
            SnapshotStore snapshots,
            PipelineOptions options,
            Map<String, String> environment) {
        this.builder = new ImageBuilder(definitions, state, work, snapshots, options.build(), environment);
        this.origin = new BuildOrigin(home, definitions, environment);
        this.snapshots = snapshots;
        this.work = work;
        this.blockCache = new BlockCache(state.blocks());
        this.records = new ArtifactRecords(state, work);
        this.options = options;
    }

    /**
     * Makes the artifact of {@code definition} in {@code directory}. If it is there, made from the same snapshot, with the
     * same date and provenance, by the same program, and nobody touched its files since, nothing is written.
     *
     * @throws io.metalimages.dockerfile.DockerfileException if the Dockerfile is wrong
     * @throws io.metalimages.common.FaultException if the image can't be made for another reason; an earlier artifact is
     *     as it was
     * @throws InterruptedException if the thread was interrupted; nothing is left running
     */
    public PipelineResult make(Definition definition, Path directory, PipelineListener listener)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        Instant date = options.date().isPresent()
                ? options.date().get()
                : SourceDate.of(definition, note -> listener.report(new Progress.Event.Note(note)));
        StepLedger ledger = new StepLedger();
        Progress progress = event -> {
            ledger.report(event);
            listener.report(event);
        };
        Function<Instant, ArtifactExporter> exporters = imageBegun ->
                new ArtifactExporter(new ExportOptions(new ModificationTimes(date, imageBegun), blockCache));
        BuiltImage image = builder.build(
                builder.plan(definition, progress),
                progress,
                new CompressionAhead(exporters, note -> listener.report(new Progress.Event.Note(note))));
        BuildFacts facts = origin.facts(definition, image.plan(), date);
        Snapshot snapshot = image.root();
        long built = System.nanoTime();
        return records.alone(directory, () -> {
            Digest key = ArtifactRecords.key(snapshot, date, facts);
            Optional<Artifact> present =
                    options.build().ignoreResults() ? Optional.empty() : records.find(key, directory);
            Artifact artifact;
            if (present.isPresent()) {
                artifact = present.get();
                listener.upToDate();
            } else {
                listener.exporting();
                artifact = export(exporters.apply(snapshot.begun()), snapshot, facts, directory, listener);
                records.remember(key, artifact, directory);
                listener.exported(artifact, Duration.ofNanos(System.nanoTime() - built));
            }
            return new PipelineResult(
                    definition.name(),
                    artifact,
                    date,
                    ledger.entries(),
                    Duration.ofNanos(built - begun),
                    Duration.ofNanos(System.nanoTime() - built),
                    present.isPresent());
        });
    }

    private Artifact export(
            ArtifactExporter exporter, Snapshot snapshot, BuildFacts facts, Path directory, PipelineListener listener)
            throws IOException, InterruptedException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work);
                ImageDocuments documents = ImageDocuments.begin(view.root(), facts)) {
            return exporter.export(view.root(), directory, documents, listener::export);
        }
    }
}
