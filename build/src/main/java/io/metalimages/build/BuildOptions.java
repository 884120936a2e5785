package io.metalimages.build;

/**
 * How to build.
 *
 * @param ignoreResults run every step, even one whose result is there
 * @param refreshBases look whether the bases' archives have changed
 */
public record BuildOptions(boolean ignoreResults, boolean refreshBases) {}
