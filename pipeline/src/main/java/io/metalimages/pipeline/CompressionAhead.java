package io.metalimages.pipeline;

import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.Precompression;
import io.metalimages.common.FaultException;
import io.metalimages.engine.FileSystemListener;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Compresses what an image holds so far while a step runs: steps leave a processor idle more often than not, and most of
 * the files are final long before the last step. Only ever saves time: what it can't do is done at the end.
 */
final class CompressionAhead implements FileSystemListener {

    /** How long a tree is left alone in which nothing new was found, in milliseconds. */
    private static final long PAUSE = 1_000;

    private final Function<Instant, ArtifactExporter> exporters;
    private final Consumer<String> notes;

    /**
     * A listener that fills a block cache.
     *
     * @param exporters gives the exporter for an image on which work began at a time
     * @param notes is told what kept it from working
     */
    CompressionAhead(Function<Instant, ArtifactExporter> exporters, Consumer<String> notes) {
        this.exporters = exporters;
        this.notes = notes;
    }

    @Override
    public Watch watch(Path root, Instant begun) {
        ArtifactExporter exporter = exporters.apply(begun);
        Thread running = Thread.ofPlatform().name("compression-ahead").start(() -> compress(root, exporter));
        return () -> stop(running);
    }

    private void compress(Path root, ArtifactExporter exporter) {
        try {
            while (true) {
                Precompression pass = exporter.precompress(root);
                if (pass.blocksFromCache() == pass.blocks()) {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (FaultException e) {
            notes.accept("Not everything could be compressed ahead: " + e.getMessage());
        }
    }

    private static void stop(Thread running) {
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
}
