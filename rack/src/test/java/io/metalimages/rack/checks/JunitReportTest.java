package io.metalimages.rack.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

final class JunitReportTest {

    private static final Instant STARTED = Instant.parse("2026-11-22T18:00:00.123Z");

    @TempDir
    Path directory;

    private static CheckResult check(String name, CheckResult.Outcome outcome, String message) {
        return new CheckResult(
                name,
                "Service",
                "running",
                outcome,
                Optional.of("true"),
                Optional.of("false"),
                outcome == CheckResult.Outcome.FAILED ? Optional.of(message) : Optional.empty(),
                Duration.ofMillis(1500));
    }

    private static TestReport.Phase phase(String name, Optional<String> failure, CheckResult... checks) {
        return new TestReport.Phase(name, Duration.ofSeconds(61), failure, List.of(checks));
    }

    @Test
    void eachPhaseIsASuiteAndEachCheckACase() throws Exception {
        Element suites = read(new TestReport(
                "debian/12",
                STARTED,
                SampleSetup.FULL,
                List.of(),
                List.of(
                        phase("burn", Optional.empty()),
                        phase(
                                "checks after kexec",
                                Optional.empty(),
                                check("frr", CheckResult.Outcome.FAILED, "Expected false to equal true\nmore"),
                                check("ssh", CheckResult.Outcome.PASSED, ""),
                                check("dns", CheckResult.Outcome.SKIPPED, "")))));

        assertThat(suites.getTagName()).isEqualTo("testsuites");
        Element burn = child(suites, "testsuite", 0);
        assertThat(burn.getAttribute("name")).isEqualTo("burn");
        assertThat(counts(burn)).isEqualTo("1 tests, 0 failures, 0 errors, 0 skipped");
        Element checks = child(suites, "testsuite", 1);
        assertThat(counts(checks)).isEqualTo("3 tests, 1 failures, 0 errors, 1 skipped");
        assertThat(checks.getAttribute("time")).isEqualTo("61.000");
        assertThat(checks.getAttribute("timestamp")).isEqualTo("2026-11-22T18:00:00");
        Element failed = child(checks, "testcase", 0);
        assertThat(failed.getAttribute("name")).isEqualTo("Service frr: running");
        assertThat(failed.getAttribute("classname")).isEqualTo("debian/12");
        assertThat(failed.getAttribute("time")).isEqualTo("1.500");
        assertThat(child(failed, "failure", 0).getAttribute("message")).isEqualTo("Expected false to equal true");
        assertThat(child(failed, "failure", 0).getTextContent()).isEqualTo("Expected false to equal true\nmore");
        assertThat(child(checks, "testcase", 1).getElementsByTagName("*").getLength())
                .isZero();
        assertThat(child(child(checks, "testcase", 2), "skipped", 0).hasAttribute("message"))
                .isFalse();
    }

    @Test
    void aCheckThatWasLeftOutSaysWhy() throws Exception {
        Element suites = read(new TestReport(
                "firewall/3.0-debian",
                STARTED,
                SampleSetup.FULL,
                List.of(),
                List.of(phase(
                        "checks",
                        Optional.empty(),
                        CheckResult.skipped("droptailer", "Service", "running", "the image has no program for it")))));

        Element checks = child(suites, "testsuite", 0);
        assertThat(counts(checks)).isEqualTo("1 tests, 0 failures, 0 errors, 1 skipped");
        assertThat(child(checks, "skipped", 0).getAttribute("message")).isEqualTo("the image has no program for it");
    }

    @Test
    void whatWasMeasuredIsAPropertyOfItsSuite() throws Exception {
        CheckResult writtenOff = new CheckResult(
                "AUTH-9262",
                "Lynis",
                "passes",
                CheckResult.Outcome.SKIPPED,
                Optional.empty(),
                Optional.empty(),
                Optional.of("for a reason"),
                Duration.ZERO);
        TestReport.Phase measured = new TestReport.Phase(
                "baseline",
                Duration.ofSeconds(61),
                Optional.empty(),
                List.of(writtenOff),
                List.of(new Score("Lynis hardening index", 71, 100)));
        Element suite = child(
                read(new TestReport("debian/12", STARTED, SampleSetup.FULL, List.of(), List.of(measured))),
                "testsuite",
                0);

        Element property = child(child(suite, "properties", 0), "property", 0);
        assertThat(property.getAttribute("name")).isEqualTo("Lynis hardening index");
        assertThat(property.getAttribute("value")).isEqualTo("71 of 100");
        assertThat(child(child(suite, "testcase", 0), "skipped", 0).getAttribute("message"))
                .isEqualTo("for a reason");
    }

    @Test
    void phaseThatDidNotComeToItsEndIsAnError() throws Exception {
        Element suites = read(new TestReport(
                "debian/12",
                STARTED,
                SampleSetup.FULL,
                List.of(),
                List.of(phase("boot", Optional.of("The kernel panicked: not syncing")))));

        Element boot = child(suites, "testsuite", 0);
        assertThat(counts(boot)).isEqualTo("1 tests, 0 failures, 1 errors, 0 skipped");
        assertThat(child(child(boot, "testcase", 0), "error", 0).getTextContent())
                .contains("panicked");
    }

    @Test
    void anythingThatAConsoleWritesIsTold() throws Exception {
        String console = "\u001b[31m<&\"']]>\u0000\uD800 ü 😀\r\n\tend";
        Element suites = read(new TestReport(
                console, STARTED, SampleSetup.FULL, List.of(), List.of(phase(console, Optional.of(console)))));

        Element boot = child(suites, "testsuite", 0);
        assertThat(boot.getAttribute("name"))
                .startsWith("\uFFFD[31m<&\"']]>\uFFFD")
                .contains(" ü 😀");
        assertThat(child(child(boot, "testcase", 0), "error", 0).getTextContent())
                .contains("<&\"']]>", "😀", "\tend");
    }

    @Test
    void olderReportIsReplacedAndNothingElseIsLeft() throws Exception {
        Path file = Files.writeString(directory.resolve("junit.xml"), "old");
        new JunitReport(new TestReport("debian/12", STARTED, SampleSetup.FULL, List.of(), List.of())).write(file);

        assertThat(Files.readString(file)).contains("testsuites").doesNotContain("old");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void reportPassesOnlyIfSomethingWasDoneAndNothingFailed() {
        CheckResult passed = check("a", CheckResult.Outcome.PASSED, "");
        CheckResult failed = check("b", CheckResult.Outcome.FAILED, "no");

        assertThat(new TestReport("x", STARTED, SampleSetup.FULL, List.of(), List.of()).passed())
                .isFalse();
        assertThat(new TestReport(
                                "x",
                                STARTED,
                                SampleSetup.FULL,
                                List.of(),
                                List.of(phase("a", Optional.empty(), passed)))
                        .passed())
                .isTrue();
        assertThat(new TestReport(
                                "x",
                                STARTED,
                                SampleSetup.FULL,
                                List.of(),
                                List.of(phase("a", Optional.empty(), passed, failed)))
                        .passed())
                .isFalse();
        assertThat(new TestReport(
                                "x",
                                STARTED,
                                SampleSetup.FULL,
                                List.of(),
                                List.of(phase("a", Optional.of("why"), passed)))
                        .passed())
                .isFalse();
        assertThat(new TestReport(
                                "x",
                                STARTED,
                                SampleSetup.FULL,
                                List.of(),
                                List.of(phase("a", Optional.empty(), passed, failed)))
                        .count(CheckResult.Outcome.FAILED))
                .isEqualTo(1);
    }

    private Element read(TestReport report) throws IOException, ParserConfigurationException, SAXException {
        Path file = directory.resolve("deep/junit.xml");
        new JunitReport(report).write(file);
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        return document.getDocumentElement();
    }

    private static Element child(Element parent, String name, int index) {
        return (Element) parent.getElementsByTagName(name).item(index);
    }

    private static String counts(Element suite) {
        return "%s tests, %s failures, %s errors, %s skipped"
                .formatted(
                        suite.getAttribute("tests"),
                        suite.getAttribute("failures"),
                        suite.getAttribute("errors"),
                        suite.getAttribute("skipped"));
    }
}
