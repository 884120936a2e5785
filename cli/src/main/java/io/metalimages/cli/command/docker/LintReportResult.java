package io.metalimages.cli.command.docker;

import io.metalimages.build.CheckedDockerfile;
import io.metalimages.build.lint.LintFinding;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was found in a Dockerfile, for the user. */
record LintReportResult(CheckedDockerfile checked) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        for (LintFinding finding : checked.lint().findings()) {
            lines.add(outputStyle.styled(
                    Style.BOLD,
                    DisplayText.line(finding.range() + ": " + finding.rule().id())));
            lines.add("  " + DisplayText.line(finding.detail()) + ".");
            lines.add("  " + finding.rule().description() + ".");
            finding.rule().address().ifPresent(address -> lines.add("  " + address));
        }
        int findings = checked.lint().findings().size();
        lines.add(
                findings == 0
                        ? "Check complete, no warnings found."
                        : "Check complete, " + Quantity.count(findings, "warning") + " found.");
        return lines;
    }

    @Override
    public List<String> brief() {
        return checked.lint().findings().stream()
                .map(finding -> DisplayText.line(finding.toString()))
                .toList();
    }

    /** @param failing whether a build fails because of findings */
    record Document(String file, boolean failing, List<Warning> warnings) {}

    record Warning(String rule, String description, Optional<String> url, String detail, int line, int lastLine) {

        Warning(LintFinding finding) {
            this(
                    finding.rule().id(),
                    finding.rule().description(),
                    finding.rule().address(),
                    finding.detail(),
                    finding.range().firstLine(),
                    finding.range().lastLine());
        }
    }

    @Override
    public Document json() {
        return new Document(
                checked.file(),
                checked.lint().failing(),
                checked.lint().findings().stream().map(Warning::new).toList());
    }
}
