package io.metalimages.pipeline;

import io.metalimages.artifact.export.Artifact;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An image that was built and exported.
 *
 * @param name {@code debian/12}
 * @param date the latest time of a file in it
 * @param steps what became of each step, in the order of their numbers
 * @param build how long its steps took, those from the cache included
 * @param export how long its artifact took, or to find that it is there already
 * @param upToDate whether the artifact was there already, made from the same
 */
public record PipelineResult(
        String name,
        Artifact artifact,
        Instant date,
        List<StepLedger.Entry> steps,
        Duration build,
        Duration export,
        boolean upToDate) {

    public PipelineResult {
        steps = List.copyOf(steps);
    }
}
