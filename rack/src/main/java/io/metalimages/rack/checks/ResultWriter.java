package io.metalimages.rack.checks;

import io.metalimages.common.Digest;
import io.metalimages.supplychain.statement.TestResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a {@link TestResult} of a {@link TestReport}: each check has a name of its own. A check that was skipped for a reason has
 * no sense for this image; one without a reason was left out, as its suite says when it cannot be made.
 */
final class ResultWriter {

    private final TestReport report;
    private final List<String> passed = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();
    private final List<String> leftOut;
    private final List<String> notApplicable = new ArrayList<>();
    private final Map<String, Integer> names = new HashMap<>();

    ResultWriter(TestReport report) {
        this.report = report;
        this.leftOut = new ArrayList<>(report.leftOut());
    }

    TestResult result(Digest tarball) {
        report.phases().forEach(this::add);
        return new TestResult(
                tarball,
                report.image(),
                report.started(),
                Optional.of(report.finished()),
                report.setup(),
                passed,
                failed,
                leftOut,
                notApplicable);
    }

    private void add(TestReport.Phase phase) {
        if (phase.failure().isPresent()) {
            failed.add(name(phase.name()));
        } else if (phase.checks().isEmpty()) {
            passed.add(name(phase.name()));
        }
        phase.checks().forEach(check -> add(phase.name() + ": " + check.title(), check));
    }

    private void add(String title, CheckResult check) {
        switch (check.outcome()) {
            case PASSED -> passed.add(name(title));
            case FAILED -> failed.add(name(title));
            case SKIPPED ->
                check.message()
                        .ifPresentOrElse(
                                reason -> notApplicable.add(title + ": " + reason),
                                () -> leftOut.add(title + ": it cannot be made on such a machine."));
        }
    }

    /** Two checks of the same may have one title. */
    private String name(String title) {
        int number = names.merge(title, 1, Integer::sum);
        return number == 1 ? title : title + " (" + number + ")";
    }
}
