package io.metalimages.build;

import io.metalimages.engine.snapshot.Snapshot;

/**
 * What came of a build.
 *
 * @param plan what was done
 * @param root the root file system of the target stage
 */
public record BuiltImage(Plan plan, Snapshot root) {}
