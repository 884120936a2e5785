package io.metalimages.cli.command.docker;

import io.metalimages.cli.display.DisplayText;
import java.util.ArrayList;
import java.util.List;

/** Lines in columns, below headings. */
final class TextTable {

    private static final int GAP = 3;

    private final List<String> headings;

    TextTable(String... headings) {
        this.headings = List.of(headings);
    }

    /** @param rows each with as many cells as there are headings */
    List<String> with(List<List<String>> rows) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(headings);
        rows.forEach(row -> lines.add(row.stream().map(DisplayText::line).toList()));
        List<String> text = new ArrayList<>();
        for (List<String> line : lines) {
            StringBuilder joined = new StringBuilder();
            for (int column = 0; column < headings.size(); column++) {
                String cell = line.get(column);
                joined.append(cell).append(" ".repeat(widest(lines, column) + GAP - DisplayText.columns(cell)));
            }
            text.add(joined.toString().stripTrailing());
        }
        return text;
    }

    private static int widest(List<List<String>> lines, int column) {
        return lines.stream()
                .mapToInt(line -> DisplayText.columns(line.get(column)))
                .max()
                .orElse(0);
    }
}
