package io.metalimages.artifact.check;

import io.metalimages.artifact.Findings;
import io.metalimages.artifact.lz4.Lz4FrameReader;
import io.metalimages.artifact.tar.TarScanner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Checks the plain bytes of a tar while they pass: those that were decoded from a file, or those that an exporter is about
 * to compress. Belongs to one thread.
 */
public final class ImageScan implements Lz4FrameReader.Content {

    private final Findings findings = new Findings();
    private final ImageRules rules = new ImageRules(findings);
    private final TarScanner scanner = new TarScanner(rules);
    private long nanos;

    @Override
    public void accept(byte[] bytes, int offset, int length) {
        long begun = System.nanoTime();
        scanner.accept(bytes, offset, length);
        nanos += System.nanoTime() - begun;
    }

    /** How long it took to look at all that was accepted. */
    public Duration duration() {
        return Duration.ofNanos(nanos);
    }

    /**
     * No more bytes come. If the tar has no end, what the image lacks is not reported: it may be in the rest.
     *
     * @param cleanly whether the decoder took what there was for all
     * @param frameIsWhole whether a tar that has no end is the tar's own fault
     * @param packages the file that lists the packages
     */
    public CheckReport finish(boolean cleanly, boolean frameIsWhole, Path packages) throws IOException {
        scanner.end(cleanly && frameIsWhole);
        List<Loss> losses = scanner.ended() ? rules.finish(packages) : List.of();
        return new CheckReport(rules.system(), findings.list(), losses, scanner.entries(), scanner.position());
    }
}
