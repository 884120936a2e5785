package io.metalimages.cli.command.check;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.check.Loss;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Findings as text for people: errors first, those of a kind together, with what they mean and what to do. */
public final class FindingsText {

    private static final String INDENT = "    ";

    private final OutputStyle outputStyle;

    public FindingsText(OutputStyle outputStyle) {
        this.outputStyle = outputStyle;
    }

    /** {@code 2 errors, 1 warning}, or {@code no errors, no warnings}. */
    public static String counts(CheckReport report) {
        return count(report.errors().size(), "error") + ", "
                + count(report.warnings().size(), "warning");
    }

    private static String count(int number, String noun) {
        return number == 0 ? "no " + noun + "s" : Quantity.count(number, noun);
    }

    List<String> of(CheckedImage result) {
        CheckReport report = result.report();
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(result.name())));
        lines.addAll(of(report));
        if (result.showLosses()) {
            addLosses(report, lines);
        }
        Style style = report.errors().isEmpty() ? Style.GREEN : Style.RED;
        lines.add("  " + outputStyle.styled(style, counts(report))
                + outputStyle.glyphs().separator()
                + "%,d entries, %s of tar read".formatted(report.entries(), Quantity.bytes(report.tarBytes()))
                + outputStyle.glyphs().separator() + Quantity.took(result.duration()));
        return lines;
    }

    /** The findings alone. */
    public List<String> of(CheckReport report) {
        Map<CheckCode, List<Finding>> byCode = new EnumMap<>(CheckCode.class);
        report.findings()
                .forEach(finding -> byCode.computeIfAbsent(finding.code(), code -> new ArrayList<>())
                        .add(finding));
        List<String> lines = new ArrayList<>();
        for (CheckCode.Severity severity : CheckCode.Severity.values()) {
            byCode.forEach((code, findings) -> {
                if (code.severity() == severity) {
                    add(code, findings, lines);
                }
            });
        }
        return lines;
    }

    private void add(CheckCode code, List<Finding> findings, List<String> lines) {
        boolean error = code.severity() == CheckCode.Severity.ERROR;
        String word = error ? outputStyle.styled(Style.BOLD_RED, "error") : outputStyle.styled(Style.CYAN, "warning");
        lines.add("  " + word + " " + outputStyle.styled(Style.BOLD, code.id() + " " + code.title()) + ": "
                + code.meaning());
        for (Finding finding : findings) {
            String path = finding.path().isEmpty() ? "" : finding.path() + "  ";
            lines.add(INDENT + DisplayText.line(path + finding.detail()));
        }
        lines.add(INDENT + outputStyle.styled(Style.FAINT, outputStyle.glyphs().arrow() + " " + code.remedy()));
    }

    private void addLosses(CheckReport report, List<String> lines) {
        for (Loss loss : report.losses()) {
            loss.restoredBy()
                    .ifPresent(place -> lines.add("  " + DisplayText.line(loss.path() + "  " + loss.value())
                            + outputStyle.styled(
                                    Style.FAINT,
                                    " is lost in the burn, and comes back by " + DisplayText.line(place))));
        }
    }

    /** One line for each finding, for programs that read lines. */
    static List<String> brief(CheckedImage result) {
        return result.report().findings().stream()
                .map(finding -> (finding.isError() ? "error " : "warning ")
                        + finding.code().id() + " " + finding.code().title() + " "
                        + DisplayText.line(finding.path() + " " + finding.detail()))
                .toList();
    }
}
