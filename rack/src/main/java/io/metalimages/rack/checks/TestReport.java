package io.metalimages.rack.checks;

import io.metalimages.common.Digest;
import io.metalimages.supplychain.statement.TestResult;
import io.metalimages.supplychain.statement.TestSetup;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What became of a test, phase by phase.
 *
 * @param image what was tested
 * @param setup what it was tested on, and with
 * @param leftOut what could not be tested here, and why, in sentences
 * @param phases in the order in which they were
 */
public record TestReport(String image, Instant started, TestSetup setup, List<String> leftOut, List<Phase> phases) {

    /** The phase that reads the image back, and looks at it without a machine. */
    public static final String CONTRACT = "contract";

    /** The phase in which the installed system starts as metal-hammer starts it. */
    public static final String BOOT = "boot by kexec";

    /** The phase in which it starts from its own disk. */
    public static final String REBOOT = "reboot by UEFI";

    /**
     * A part of a test.
     *
     * @param name {@code burn}, {@code boot}, {@code checks after kexec}
     * @param failure why the phase itself did not come to its end; empty if it did
     * @param checks what was checked in it; none for a phase that only leads to the next
     * @param scores what was measured in it
     */
    public record Phase(
            String name, Duration duration, Optional<String> failure, List<CheckResult> checks, List<Score> scores) {

        public Phase {
            checks = List.copyOf(checks);
            scores = List.copyOf(scores);
        }

        /** A phase in which nothing was measured. */
        public Phase(String name, Duration duration, Optional<String> failure, List<CheckResult> checks) {
            this(name, duration, failure, checks, List.of());
        }

        /** The checks that failed; there are none in a phase that ended before them. */
        public List<CheckResult> failedChecks() {
            return checks.stream()
                    .filter(check -> check.outcome() == CheckResult.Outcome.FAILED)
                    .toList();
        }

        /** How many checks came out like that. */
        public long count(CheckResult.Outcome outcome) {
            return checks.stream().filter(check -> check.outcome() == outcome).count();
        }

        public boolean passed() {
            return failure.isEmpty() && failedChecks().isEmpty();
        }
    }

    public TestReport {
        leftOut = List.copyOf(leftOut);
        phases = List.copyOf(phases);
    }

    /** Whether each phase came to its end and no check failed. A report without phases shows nothing, so did not pass. */
    public boolean passed() {
        return !phases.isEmpty() && phases.stream().allMatch(Phase::passed);
    }

    /** How many checks of all phases came out like that. */
    public long count(CheckResult.Outcome outcome) {
        return phases.stream().mapToLong(phase -> phase.count(outcome)).sum();
    }

    /** How long it took. */
    public Duration duration() {
        return phases.stream().map(Phase::duration).reduce(Duration.ZERO, Duration::plus);
    }

    /** When it was over. */
    public Instant finished() {
        return started.plus(duration());
    }

    /** How the machine's instructions were executed, and why so. */
    public String acceleration() {
        return setup.acceleration();
    }

    /** What others are told of it, who were not there. */
    public TestResult result(Digest tarball) {
        return new ResultWriter(this).result(tarball);
    }
}
