package io.metalimages.cli.command.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.SampleTest;
import io.metalimages.cli.display.Glyphs;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.Score;
import io.metalimages.rack.checks.TestReport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TestTextTest {

    private static final TestText TEXT = new TestText(new OutputStyle(Glyphs.UNICODE, false));

    private static CheckResult check(String name, CheckResult.Outcome outcome, Optional<String> message) {
        return new CheckResult(
                name,
                "Service",
                "running",
                outcome,
                Optional.empty(),
                Optional.empty(),
                message,
                Duration.ofMillis(30));
    }

    private static TestReport.Phase phase(String name, Optional<String> failure, CheckResult... checks) {
        return new TestReport.Phase(name, Duration.ofSeconds(61), failure, List.of(checks));
    }

    private static TestReport report(List<String> leftOut, TestReport.Phase... phases) {
        return new TestReport("debian/12", Instant.EPOCH, SampleTest.FULL, leftOut, List.of(phases));
    }

    private static TestedImage result(TestReport report, Optional<Path> journal) {
        return new TestedImage(
                report, Path.of("test/console.log"), journal, Path.of("test/junit.xml"), Optional.empty());
    }

    @Test
    void aTestThatPassedHasALineForEachPhase() {
        TestReport report =
                report(List.of(), phase("burn", Optional.empty()), phase("checks", Optional.empty(), passed("frr")));

        assertThat(TEXT.of(result(report, Optional.empty())))
                .containsExactly(
                        "debian/12",
                        "  ✓ burn        1:01",
                        "  ✓ checks      1:01  1 check passed",
                        "  passed · 1 check passed · 2:02 · TCG (no KVM)",
                        "  console  test/console.log",
                        "  results  test/junit.xml");
        assertThat(TestText.failures(report)).isEmpty();
    }

    @Test
    void whatWasMeasuredStandsBelowItsPhase() {
        TestReport.Phase measured = new TestReport.Phase(
                "baseline",
                Duration.ofSeconds(61),
                Optional.empty(),
                List.of(passed("frr")),
                List.of(new Score("Lynis hardening index", 71, 100)));
        TestedImage result = result(report(List.of(), measured), Optional.empty());

        assertThat(TEXT.of(result))
                .contains("  ✓ baseline      1:01  1 check passed", "      Lynis hardening index 71 of 100");
        assertThat(result.json().phases().getFirst().scores())
                .contains(List.of(new TestedImage.Points("Lynis hardening index", 71, 100)));
    }

    private static CheckResult passed(String name) {
        return check(name, CheckResult.Outcome.PASSED, Optional.empty());
    }

    @Test
    void whatFailedStandsBelowItsPhase() {
        TestReport report = report(
                List.of("the internet: there are no switches"),
                phase(
                        "checks",
                        Optional.empty(),
                        passed("ssh"),
                        check("frr", CheckResult.Outcome.FAILED, Optional.of("Expected false to equal true")),
                        check("lldpd", CheckResult.Outcome.SKIPPED, Optional.empty()),
                        check(
                                "droptailer",
                                CheckResult.Outcome.SKIPPED,
                                Optional.of("the image has no program for it"))),
                phase("reboot by UEFI", Optional.of("GRUB did not find its modules.\ngrub rescue>")));

        assertThat(TEXT.of(result(report, Optional.of(Path.of("test/journal.log")))))
                .containsExactly(
                        "debian/12",
                        "  ✗ checks              1:01  1 check passed, 1 failed, 2 left out",
                        "      Service frr: running: Expected false to equal true",
                        "      left out: Service droptailer: running: the image has no program for it",
                        "  ✗ reboot by UEFI      1:01",
                        "      GRUB did not find its modules.",
                        "      grub rescue>",
                        "  failed · 1 check passed, 1 failed, 2 left out · 2:02 · TCG (no KVM)",
                        "  left out the internet: there are no switches",
                        "  console  test/console.log",
                        "  journal  test/journal.log",
                        "  results  test/junit.xml");
        assertThat(TestText.failures(report)).containsExactly("checks: Service frr: running", "reboot by UEFI");
        assertThat(TestText.brief(result(report, Optional.empty()))).containsExactly("debian/12 failed");
    }

    @Test
    void whatAMachineSaysCannotSteerTheTerminal() {
        TestReport report = report(
                List.of(),
                phase(
                        "checks",
                        Optional.empty(),
                        check("frr", CheckResult.Outcome.FAILED, Optional.of("\u001b]0;title\u0007\u001b[2J"))),
                phase("boot by kexec", Optional.of("The console ends with \u001b[?1049h")));

        assertThat(TEXT.of(result(report, Optional.empty())))
                .allSatisfy(line -> assertThat(line.chars()).noneMatch(Character::isISOControl));
    }
}
