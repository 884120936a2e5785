package io.metalimages.build;

/**
 * How to build.
 *
 * @param ignoreResults run every step, even one whose result is there
 * @param refreshBases look whether the bases' archives have changed
 * @param withoutSecurity make bases without their distribution's security updates
 */
public record BuildOptions(boolean ignoreResults, boolean refreshBases, boolean withoutSecurity) {

    /** Whatever is there is used, and bases are whole. */
    public static final BuildOptions USUAL = new BuildOptions(false, false, false);
}
