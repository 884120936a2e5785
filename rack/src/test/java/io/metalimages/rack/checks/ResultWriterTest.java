package io.metalimages.rack.checks;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.Digest;
import io.metalimages.supplychain.statement.TestProfile;
import io.metalimages.supplychain.statement.TestResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ResultWriterTest {

    private static final Digest TARBALL = Digest.of("a tarball");

    private static CheckResult check(String name, CheckResult.Outcome outcome, Optional<String> message) {
        return new CheckResult(
                name, "Service", "running", outcome, Optional.empty(), Optional.empty(), message, Duration.ZERO);
    }

    private static TestReport.Phase phase(String name, Optional<String> failure, CheckResult... checks) {
        return new TestReport.Phase(name, Duration.ofSeconds(1), failure, List.of(checks));
    }

    private static TestReport report(TestReport.Phase... phases) {
        return new TestReport(
                "debian/12", Instant.parse("2026-11-22T18:00:00Z"), SampleSetup.FULL, List.of(), List.of(phases));
    }

    @Test
    void eachCheckAndEachPhaseWithoutChecksIsATest() {
        CheckResult passed = check("frr", CheckResult.Outcome.PASSED, Optional.empty());
        TestResult result = report(
                        phase("burn", Optional.empty()),
                        phase("checks", Optional.empty(), passed, passed),
                        phase("checks again", Optional.empty(), passed))
                .result(TARBALL);
        assertThat(result.passedTests())
                .containsExactly(
                        "burn",
                        "checks: Service frr: running",
                        "checks: Service frr: running (2)",
                        "checks again: Service frr: running");
        assertThat(result.outcome()).isEqualTo(TestResult.Outcome.PASSED);
        assertThat(result.profile()).isEqualTo(TestProfile.MACHINE);
        assertThat(result.shortfall(TARBALL, "debian/12")).isEmpty();
    }

    @Test
    void whatFailsIsToldAndWhatPassedBefore() {
        TestResult result = report(phase(
                        "checks",
                        Optional.of("The machine is silent."),
                        check("ssh", CheckResult.Outcome.PASSED, Optional.empty()),
                        check("frr", CheckResult.Outcome.FAILED, Optional.of("It is dead."))))
                .result(TARBALL);
        assertThat(result.failedTests()).containsExactly("checks", "checks: Service frr: running");
        assertThat(result.passedTests()).containsExactly("checks: Service ssh: running");
        assertThat(result.outcome()).isEqualTo(TestResult.Outcome.FAILED);
    }

    /** The first by the rules of the suite, whatever the machine; the other because this machine has no switches. */
    @Test
    void whatHasNoSenseIsNotLeftOut() {
        CheckResult passed = check("ssh", CheckResult.Outcome.PASSED, Optional.empty());
        TestResult without = report(phase(
                        "checks",
                        Optional.empty(),
                        passed,
                        check("suricata", CheckResult.Outcome.SKIPPED, Optional.of("the image has no program for it"))))
                .result(TARBALL);
        assertThat(without.notApplicable())
                .containsExactly("checks: Service suricata: running: the image has no program for it");
        assertThat(without.shortfall(TARBALL, "debian/12")).isEmpty();

        TestResult leftOut = report(phase(
                        "checks",
                        Optional.empty(),
                        passed,
                        check("bgpd", CheckResult.Outcome.SKIPPED, Optional.empty())))
                .result(TARBALL);
        assertThat(leftOut.leftOut())
                .containsExactly("checks: Service bgpd: running: it cannot be made on such a machine.");
        assertThat(leftOut.outcome()).isEqualTo(TestResult.Outcome.WARNED);
        assertThat(leftOut.shortfall(TARBALL, "debian/12")).isPresent();
    }

    @Test
    void aTestThatDidNothingDidNotPass() {
        assertThat(report().result(TARBALL).outcome()).isEqualTo(TestResult.Outcome.FAILED);
    }
}
