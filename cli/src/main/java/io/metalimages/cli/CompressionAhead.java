package io.metalimages.cli;

import io.metalimages.artifact.ArtifactExporter;
import io.metalimages.engine.FaultException;
import io.metalimages.engine.Snapshot;
import io.metalimages.engine.Snapshots;
import io.metalimages.engine.WorkDirectory;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compresses what an image holds so far while its next step runs: steps leave a processor idle more often than not, and
 * most of the files are final long before the last step. Only ever saves time: what it can't do is done at the end.
 *
 * <p>Thread-safe.
 */
final class CompressionAhead implements Consumer<Snapshot>, AutoCloseable {

    private final Function<Snapshot, ArtifactExporter> exporters;
    private final Snapshots snapshots;
    private final WorkDirectory work;
    private final Consumer<String> notes;

    @Nullable
    private Thread running;

    /** @param notes is told what kept it from working */
    CompressionAhead(
            Function<Snapshot, ArtifactExporter> exporters,
            Snapshots snapshots,
            WorkDirectory work,
            Consumer<String> notes) {
        this.exporters = exporters;
        this.snapshots = snapshots;
        this.work = work;
        this.notes = notes;
    }

    /** Goes over to {@code unfinished}, which holds what was compressed before and more. */
    @Override
    public synchronized void accept(Snapshot unfinished) {
        stop();
        running = Thread.ofPlatform().name("compression-ahead").start(() -> compress(unfinished));
    }

    private void compress(Snapshot unfinished) {
        try (Snapshots.View view = snapshots.view(unfinished, work)) {
            exporters.apply(unfinished).precompress(view.root());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | FaultException e) {
            notes.accept("Nothing could be compressed ahead: " + e.getMessage());
        }
    }

    private void stop() {
        if (running == null) {
            return;
        }
        running.interrupt();
        boolean interrupted = false;
        while (running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        stop();
    }
}
