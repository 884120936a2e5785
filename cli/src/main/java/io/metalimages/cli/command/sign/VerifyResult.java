package io.metalimages.cli.command.sign;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.supplychain.signature.Verification;
import io.metalimages.supplychain.statement.TestProfile;
import io.metalimages.supplychain.statement.TestResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image that was verified, whatever came of it.
 *
 * @param name what the user calls it
 */
record VerifyResult(String name, Verification.Outcome outcome) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(name)));
        for (Verification.Finding finding : outcome.findings()) {
            lines.add("  " + outputStyle.styled(Style.RED, outputStyle.glyphs().failed()) + " " + finding(finding));
        }
        if (outcome.findings().isEmpty()) {
            lines.add("  "
                    + outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " all " + outcome.files()
                    + " files are those that were built" + outputStyle.glyphs().separator()
                    + Quantity.bytes(outcome.bytes()) + " read");
        }
        outcome.key()
                .ifPresent(key -> lines.add(
                        outcome.findings().isEmpty()
                                ? "  "
                                        + outputStyle.styled(
                                                Style.GREEN,
                                                outputStyle.glyphs().done()) + " signed with the key " + key
                                : "  The provenance is signed with the key " + key
                                        + "; the files are not what it says."));
        outcome.testResult().ifPresent(test -> lines.add("  " + tested(test)));
        if (outcome.authenticity() == Verification.Authenticity.NOT_CHECKED) {
            lines.add("  Only whether the files fit each other was checked, not who made them. For that give the public"
                    + " key: --key FILE");
        }
        return lines;
    }

    private static String tested(TestResult test) {
        return DisplayText.line("%s test of %s: %s, %s"
                .formatted(
                        test.profile() == TestProfile.PARTIAL ? "partial" : "full",
                        test.started(),
                        outcome(test),
                        Quantity.count(test.passedTests().size(), "check") + " passed"));
    }

    private static String outcome(TestResult test) {
        return switch (test.outcome()) {
            case PASSED -> "passed";
            case WARNED -> "passed, with something left out";
            case FAILED -> "failed";
        };
    }

    private static String finding(Verification.Finding finding) {
        return DisplayText.line(finding.file() + ": " + finding.detail());
    }

    @Override
    public List<String> brief() {
        return outcome.findings().stream().map(VerifyResult::finding).toList();
    }

    @Override
    public Optional<String> array() {
        return Optional.of("verifications");
    }

    record Document(
            String image,
            boolean verified,
            Verification.Authenticity authenticity,
            Optional<String> keyId,
            Optional<Test> test,
            int files,
            long bytes,
            List<Verification.Finding> findings) {}

    /** The test that a signature vouches for. */
    record Test(TestResult.Outcome result, String profile, Instant started) {}

    @Override
    public Document json() {
        return new Document(
                name,
                outcome.findings().isEmpty(),
                outcome.authenticity(),
                outcome.key(),
                outcome.testResult()
                        .map(test -> new Test(test.outcome(), test.profile().label(), test.started())),
                outcome.files(),
                outcome.bytes(),
                outcome.findings());
    }
}
