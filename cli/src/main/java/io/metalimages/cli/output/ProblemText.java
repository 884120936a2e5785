package io.metalimages.cli.output;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Row;
import io.metalimages.cli.display.Style;
import io.metalimages.common.FaultException;
import java.util.ArrayList;
import java.util.List;

/** A problem as text for people. */
final class ProblemText {

    private static final String INDENT = "    ";

    private final OutputStyle outputStyle;
    private final int columns;

    /** @param columns the most that a line of foreign text may take; other lines are not cut */
    ProblemText(OutputStyle outputStyle, int columns) {
        this.outputStyle = outputStyle;
        this.columns = columns;
    }

    List<String> of(Problem problem) {
        if (problem.category() == FaultException.Category.INTERRUPTED) {
            return List.of(outputStyle.styled(Style.BOLD, problem.message()));
        }
        List<String> lines = new ArrayList<>();
        List<String> message = problem.message().lines().map(DisplayText::line).toList();
        lines.add(outputStyle.styled(Style.BOLD_RED, "Error:") + " "
                + outputStyle.styled(Style.BOLD, message.isEmpty() ? "" : message.getFirst()));
        message.stream().skip(1).forEach(line -> lines.add(INDENT + line));
        problem.location().ifPresent(location -> addExcerpt(lines, location));
        if (!problem.lastLines().isEmpty()) {
            lines.add("");
            lines.add("The last lines of its output:");
            problem.lastLines().stream()
                    .map(DisplayText::line)
                    .filter(line -> !line.isBlank())
                    .forEach(line -> lines.add(new Row(columns, outputStyle)
                            .add(Style.PLAIN, INDENT)
                            .add(Style.FAINT, line)
                            .toString()));
        }
        problem.log().ifPresent(log -> lines.add("The whole output: " + log));
        problem.remedy().ifPresent(remedy -> {
            lines.add("");
            lines.add(outputStyle.styled(Style.BOLD, "Next step:") + " " + DisplayText.line(remedy.replace('\n', ' ')));
        });
        return lines;
    }

    private void addExcerpt(List<String> lines, SourceLocation location) {
        List<SourceLocation.Line> excerpt = location.excerpt();
        if (excerpt.stream().noneMatch(SourceLocation.Line::isMeant)) {
            return;
        }
        lines.add("");
        for (SourceLocation.Line line : excerpt) {
            lines.add(new Row(columns, outputStyle)
                    .add(Style.RED, line.isMeant() ? outputStyle.glyphs().running() : " ")
                    .add(
                            Style.FAINT,
                            "%5d %s "
                                    .formatted(
                                            line.number(), outputStyle.glyphs().rule()))
                    .add(line.isMeant() ? Style.PLAIN : Style.FAINT, DisplayText.line(line.text()))
                    .toString()
                    .stripTrailing());
        }
    }
}
