package io.metalimages.pipeline;

import io.metalimages.build.BuildOptions;
import java.time.Instant;
import java.util.Optional;

/**
 * How images are made.
 *
 * @param build how their steps are run
 * @param date the latest time of a file in an image; empty for that of its sources
 */
public record PipelineOptions(BuildOptions build, Optional<Instant> date) {}
