package io.metalimages.cli.command.test;

import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.Score;
import io.metalimages.rack.checks.TestReport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An image that was tested, whatever came of it.
 *
 * @param console what the machine wrote to its serial console
 * @param journal what the system's journal held when checks had failed
 * @param junit the results in JUnit's XML
 * @param result the test result; empty if what was tested is not there any more
 */
public record TestedImage(TestReport report, Path console, Optional<Path> journal, Path junit, Optional<Path> result)
        implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return new TestText(outputStyle).of(this);
    }

    @Override
    public List<String> brief() {
        return TestText.brief(this);
    }

    @Override
    public Optional<String> array() {
        return Optional.of("tests");
    }

    record Document(
            String image,
            boolean passed,
            Instant started,
            String profile,
            String acceleration,
            List<String> leftOut,
            List<Phase> phases,
            Path console,
            Optional<Path> journal,
            Path junit,
            Optional<Path> testResult) {}

    /**
     * A part of the test.
     *
     * @param failure why it did not come to its end
     */
    record Phase(
            String name,
            boolean passed,
            Duration seconds,
            Optional<String> failure,
            List<Check> checks,
            Optional<List<Points>> scores) {

        Phase(TestReport.Phase phase) {
            this(
                    phase.name(),
                    phase.passed(),
                    phase.duration(),
                    phase.failure(),
                    phase.checks().stream().map(Check::new).toList(),
                    Optional.of(phase.scores().stream().map(Points::new).toList())
                            .filter(scores -> !scores.isEmpty()));
        }
    }

    record Check(
            String name,
            String resource,
            String property,
            CheckResult.Outcome outcome,
            Optional<String> expected,
            Optional<String> found,
            Optional<String> message,
            Duration seconds) {

        Check(CheckResult check) {
            this(
                    check.name(),
                    check.resource(),
                    check.property(),
                    check.outcome(),
                    check.expected(),
                    check.found(),
                    check.message(),
                    check.duration());
        }
    }

    /** What a published set of rules gives the system. */
    record Points(String name, int value, int of) {

        Points(Score score) {
            this(score.name(), score.value(), score.most());
        }
    }

    @Override
    public Document json() {
        return new Document(
                report.image(),
                report.passed(),
                report.started(),
                report.setup().profile().label(),
                report.acceleration(),
                report.leftOut(),
                report.phases().stream().map(Phase::new).toList(),
                console,
                journal,
                junit,
                result);
    }
}
