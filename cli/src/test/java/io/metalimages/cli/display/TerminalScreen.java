package io.metalimages.cli.display;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A terminal as xterm and tmux behave, as far as the live view uses one: what it does not know, it refuses. A line end
 * includes the carriage return that the kernel adds.
 */
public final class TerminalScreen {

    private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[(\\??)([0-9;]*)([A-Za-z])");

    private final List<List<String>> lines = new ArrayList<>();
    private int columns;
    private int rows;
    private int top;
    private int row;
    private int column;
    private boolean breaksLongLines = true;
    private boolean cursorVisible = true;
    private int brokenLines;
    private int clippedCharacters;

    public TerminalScreen(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
        lines.add(new ArrayList<>());
    }

    Terminal.Size size() {
        return new Terminal.Size(columns, rows);
    }

    /** Lines that were too long and went on in the next row. */
    public int brokenLines() {
        return brokenLines;
    }

    /** Characters that fell off the right edge. */
    public int clippedCharacters() {
        return clippedCharacters;
    }

    public boolean cursorVisible() {
        return cursorVisible;
    }

    public boolean breaksLongLines() {
        return breaksLongLines;
    }

    boolean cursorIsAtLineStart() {
        return column == 0;
    }

    /** The rows that can be seen, without spaces at their ends and empty rows at the bottom. */
    public List<String> shown() {
        return texts(lines.subList(top, lines.size()));
    }

    /** The rows that can be seen or have scrolled away. */
    public List<String> everything() {
        return texts(lines);
    }

    private static List<String> texts(List<List<String>> lines) {
        List<String> texts = new ArrayList<>(lines.stream()
                .map(line -> String.join("", line).stripTrailing())
                .toList());
        while (!texts.isEmpty() && texts.getLast().isEmpty()) {
            texts.removeLast();
        }
        return texts;
    }

    public void write(String output) {
        Matcher sequence = SEQUENCE.matcher(output);
        for (int position = 0; position < output.length(); ) {
            if (output.charAt(position) == '\u001b') {
                if (!sequence.find(position) || sequence.start() != position) {
                    throw new AssertionError("Not a control sequence: " + output.substring(position + 1));
                }
                control(sequence.group(1) + sequence.group(3), sequence.group(2));
                position = sequence.end();
            } else {
                int codePoint = output.codePointAt(position);
                put(codePoint);
                position += Character.charCount(codePoint);
            }
        }
    }

    private void put(int codePoint) {
        switch (codePoint) {
            case '\r' -> column = 0;
            case '\n' -> {
                column = 0;
                moveDown();
            }
            default -> {
                if (Character.isISOControl(codePoint)) {
                    throw new AssertionError("A control character: " + codePoint);
                }
                print(Character.toString(codePoint));
            }
        }
    }

    private void print(String character) {
        int width = DisplayText.columns(character);
        List<String> line = lines.get(row);
        if (width == 0) {
            if (column > 0) {
                line.set(column - 1, line.get(column - 1) + character);
            }
            return;
        }
        if (column + width > columns) {
            if (!breaksLongLines) {
                clippedCharacters++;
                return;
            }
            brokenLines++;
            column = 0;
            moveDown();
            line = lines.get(row);
        }
        while (line.size() < column + width) {
            line.add(" ");
        }
        line.set(column, character);
        for (int covered = 1; covered < width; covered++) {
            line.set(column + covered, "");
        }
        column += width;
    }

    private void moveDown() {
        row++;
        while (lines.size() <= row) {
            lines.add(new ArrayList<>());
        }
        top = Math.max(top, row - rows + 1);
    }

    private void control(String kind, String parameters) {
        switch (kind) {
            case "A" -> row = Math.max(top, row - Integer.parseInt(parameters));
            case "K" -> eraseRestOfLine();
            case "J" -> {
                eraseRestOfLine();
                lines.subList(row + 1, lines.size()).clear();
            }
            case "m" -> {}
            case "?l", "?h" -> set(Integer.parseInt(parameters), kind.equals("?h"));
            default -> throw new AssertionError("An unknown control sequence: " + kind + " " + parameters);
        }
    }

    private void eraseRestOfLine() {
        List<String> line = lines.get(row);
        if (line.size() > column) {
            line.subList(column, line.size()).clear();
        }
    }

    private void set(int mode, boolean on) {
        switch (mode) {
            case 7 -> breaksLongLines = on;
            case 25 -> cursorVisible = on;
            default -> throw new AssertionError("An unknown mode: " + mode);
        }
    }

    /** As the user drags the window's edge: what has become too wide goes on in the next row. */
    void resize(int newColumns, int newRows) {
        if (column != 0) {
            throw new AssertionError("The cursor is within a line.");
        }
        List<List<String>> before = new ArrayList<>(lines);
        int rowBefore = row;
        lines.clear();
        for (int index = 0; index < before.size(); index++) {
            if (index == rowBefore) {
                row = lines.size();
            }
            List<String> line = before.get(index);
            for (int start = 0; start == 0 || start < line.size(); start += newColumns) {
                lines.add(new ArrayList<>(line.subList(start, Math.min(line.size(), start + newColumns))));
            }
        }
        columns = newColumns;
        rows = newRows;
        top = Math.max(0, row - rows + 1);
    }
}
