package io.metalimages.cli.command.test;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.TestReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What came of a test as text for people: a line for each phase, and each check that failed, or was left out for a reason, below
 * its phase.
 */
final class TestText {

    private static final String INDENT = "      ";

    private final OutputStyle outputStyle;

    TestText(OutputStyle outputStyle) {
        this.outputStyle = outputStyle;
    }

    List<String> of(TestedImage result) {
        TestReport report = result.report();
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(report.image())));
        int width = report.phases().stream()
                .mapToInt(phase -> phase.name().length())
                .max()
                .orElse(0);
        for (TestReport.Phase phase : report.phases()) {
            lines.add("  " + sign(phase.passed())
                    + " %s  %8s  %s"
                            .formatted(padded(phase.name(), width), Quantity.took(phase.duration()), counts(phase))
                            .stripTrailing());
            phase.scores().forEach(score -> lines.add(INDENT + score));
            phase.failure()
                    .ifPresent(failure -> failure.lines().forEach(line -> lines.add(INDENT + DisplayText.line(line))));
            phase.failedChecks().forEach(check -> lines.add(INDENT + titled(check)));
            phase.checks().stream()
                    .filter(check -> check.outcome() == CheckResult.Outcome.SKIPPED)
                    .filter(check -> check.message().isPresent())
                    .forEach(check -> lines.add(INDENT + "left out: " + titled(check)));
        }
        Duration all = report.duration();
        Style style = report.passed() ? Style.GREEN : Style.RED;
        lines.add("  " + outputStyle.styled(style, report.passed() ? "passed" : "failed")
                + outputStyle.glyphs().separator() + counts(report::count)
                + outputStyle.glyphs().separator() + Quantity.took(all)
                + outputStyle.glyphs().separator() + report.acceleration());
        report.leftOut().forEach(reason -> lines.add("  left out " + reason));
        lines.add("  console  " + result.console());
        result.journal().ifPresent(journal -> lines.add("  journal  " + journal));
        lines.add("  results  " + result.junit());
        result.result().ifPresent(file -> lines.add("  document " + file));
        return lines;
    }

    /** Whether it passed, and which checks failed: for programs and people in a hurry. */
    static List<String> brief(TestedImage result) {
        return List.of(result.report().image() + (result.report().passed() ? " passed" : " failed"));
    }

    /** The phases and checks that failed, each in a few words. */
    static List<String> failures(TestReport report) {
        List<String> failures = new ArrayList<>();
        for (TestReport.Phase phase : report.phases()) {
            if (phase.failure().isPresent()) {
                failures.add(phase.name());
            }
            phase.failedChecks().forEach(check -> failures.add(phase.name() + ": " + check.title()));
        }
        return failures;
    }

    private String sign(boolean passed) {
        return passed
                ? outputStyle.styled(Style.GREEN, outputStyle.glyphs().done())
                : outputStyle.styled(Style.RED, outputStyle.glyphs().failed());
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String titled(CheckResult check) {
        return DisplayText.line(
                check.title() + check.message().map(message -> ": " + message).orElse(""));
    }

    private static String counts(TestReport.Phase phase) {
        return phase.checks().isEmpty() ? "" : counts(phase::count);
    }

    private static String counts(ToLongFunction<CheckResult.Outcome> number) {
        List<String> counts = new ArrayList<>();
        counts.add(Quantity.count(number.applyAsLong(CheckResult.Outcome.PASSED), "check") + " passed");
        if (number.applyAsLong(CheckResult.Outcome.FAILED) > 0) {
            counts.add(number.applyAsLong(CheckResult.Outcome.FAILED) + " failed");
        }
        if (number.applyAsLong(CheckResult.Outcome.SKIPPED) > 0) {
            counts.add(number.applyAsLong(CheckResult.Outcome.SKIPPED) + " left out");
        }
        return String.join(", ", counts);
    }
}
