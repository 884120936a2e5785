package io.metalimages.catalog;

import io.metalimages.supplychain.statement.TestProfile;
import io.metalimages.supplychain.statement.TestResult;
import io.metalimages.supplychain.statement.TestSetup;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * What came of a test, in two lines.
 *
 * @param outcome how it ended, and when it was
 * @param setup what it was done with
 */
record TestSummary(String outcome, String setup) {

    static TestSummary of(TestResult test) {
        return new TestSummary(
                "%s on %s, %d checks passed"
                        .formatted(
                                outcome(test),
                                new Day(LocalDate.ofInstant(test.started(), ZoneOffset.UTC)),
                                test.passedTests().size()),
                setup(test.setup()));
    }

    private static String outcome(TestResult test) {
        String extent = test.profile() == TestProfile.PARTIAL ? "Part of the test" : "Full test";
        return switch (test.outcome()) {
            case PASSED -> extent + " passed";
            case WARNED -> extent + " passed, but for what was left out";
            case FAILED -> extent + " failed";
        };
    }

    private static String setup(TestSetup setup) {
        return "As a %s; disks %s; network %s; userdata %s; rebooted %s"
                .formatted(
                        setup.role(),
                        setup.layout().name(),
                        setup.network(),
                        setup.userdata().map(TestSetup.Input::name).orElse("none"),
                        switch (setup.reboots()) {
                            case 0 -> "never";
                            case 1 -> "once";
                            default -> setup.reboots() + " times";
                        });
    }
}
