package io.metalimages.build;

import io.metalimages.engine.Operation;
import io.metalimages.engine.StepCredentials;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import java.util.Locale;
import java.util.Set;

/**
 * How to build.
 *
 * @param ignoreResults run every step, even one whose result is there
 * @param ignoredStages run every step of the stages with these names, too
 * @param refreshBases look whether the bases' archives have changed
 * @param withoutSecurity make bases without their distribution's security updates
 * @param network the network of a step that asks for none in particular; a Dockerfile may ask for this machine's only if
 *     it is this machine's
 * @param limits of each step
 * @param credentials what steps may use if they ask for it
 */
public record BuildOptions(
        boolean ignoreResults,
        Set<String> ignoredStages,
        boolean refreshBases,
        boolean withoutSecurity,
        Network network,
        StepLimits limits,
        StepCredentials credentials) {

    public BuildOptions {
        ignoredStages = Set.copyOf(ignoredStages);
    }

    /** Without stages that are built anew. */
    public BuildOptions(
            boolean ignoreResults,
            boolean refreshBases,
            boolean withoutSecurity,
            Network network,
            StepLimits limits,
            StepCredentials credentials) {
        this(ignoreResults, Set.of(), refreshBases, withoutSecurity, network, limits, credentials);
    }

    /** Without anything to lend to steps. */
    public BuildOptions(
            boolean ignoreResults, boolean refreshBases, boolean withoutSecurity, Network network, StepLimits limits) {
        this(ignoreResults, refreshBases, withoutSecurity, network, limits, StepCredentials.NONE);
    }

    /** Whatever is there is used, and bases are whole. */
    public static final BuildOptions USUAL = new BuildOptions(false, false, false, Network.OUTGOING, StepLimits.USUAL);

    /** Whether an operation is to run even if its result is there. */
    boolean ignores(Operation operation) {
        return ignoreResults
                || ignoredStages.stream()
                        .anyMatch(stage ->
                                operation.label().name().startsWith("[" + stage.toLowerCase(Locale.ROOT) + " "));
    }
}
