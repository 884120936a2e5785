package io.metalimages.cli.command.sign;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.supplychain.TestProfile;
import io.metalimages.supplychain.TestResult;
import io.metalimages.supplychain.Verification;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that was verified, whatever came of it.
 *
 * @param name what the user calls it
 */
record VerifyResult(String name, Verification.Outcome outcome) implements Result {

    @Override
    public List<String> text(Look look) {
        List<String> lines = new ArrayList<>();
        lines.add(look.styled(Style.BOLD, DisplayText.line(name)));
        for (Verification.Finding finding : outcome.findings()) {
            lines.add("  " + look.styled(Style.RED, look.glyphs().failed()) + " " + finding(finding));
        }
        if (outcome.findings().isEmpty()) {
            lines.add("  " + look.styled(Style.GREEN, look.glyphs().done()) + " all " + outcome.files()
                    + " files are those that were built" + look.glyphs().separator()
                    + Quantity.bytes(outcome.bytes()) + " read");
        }
        outcome.key()
                .ifPresent(key -> lines.add(
                        outcome.findings().isEmpty()
                                ? "  " + look.styled(Style.GREEN, look.glyphs().done()) + " signed with the key " + key
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

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", name);
        members.put("verified", outcome.findings().isEmpty());
        members.put("authenticity", outcome.authenticity().name());
        outcome.key().ifPresent(key -> members.put("keyId", key));
        outcome.testResult().ifPresent(test -> {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("result", test.outcome().name());
            told.put("profile", test.profile().label());
            told.put("started", test.started().toString());
            members.put("test", told);
        });
        members.put("files", outcome.files());
        members.put("bytes", outcome.bytes());
        List<Map<String, Object>> findings = new ArrayList<>();
        for (Verification.Finding finding : outcome.findings()) {
            Map<String, Object> member = new LinkedHashMap<>();
            member.put("file", finding.file());
            member.put("detail", finding.detail());
            findings.add(member);
        }
        members.put("findings", findings);
        return members;
    }
}
