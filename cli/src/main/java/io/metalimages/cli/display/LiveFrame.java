package io.metalimages.cli.display;

import io.metalimages.artifact.export.ExportProgress;
import java.util.ArrayList;
import java.util.List;

/** Draws a moment of the work as rows for a terminal of a given size. */
final class LiveFrame {

    /** Sign, time and the spaces around them, before a step's name. */
    private static final int INDENT = 12;

    private static final int SHORTEST_BAR = 8;
    private static final int LONGEST_BAR = 30;

    /** What the facts of an export take at most times, so that the bar keeps its length. */
    private static final int USUAL_FACTS = 62;

    private final OutputStyle outputStyle;
    private final int columns;
    private final int rows;

    /** The last column stays free, as some terminals break the line there; so does the row that the cursor is in. */
    LiveFrame(OutputStyle outputStyle, Terminal.Size size) {
        this.outputStyle = outputStyle;
        this.columns = size.columns() - 1;
        this.rows = size.rows() - 1;
    }

    List<Row> of(Activity.Moment moment) {
        List<Row> frame = new ArrayList<>();
        frame.add(heading(moment));
        moment.export().ifPresent(reading -> frame.add(export(reading)));
        frame.addAll(steps(moment.running(), rows - frame.size()));
        return frame.subList(0, Math.max(0, Math.min(frame.size(), rows)));
    }

    private Row heading(Activity.Moment moment) {
        Row row = new Row(columns, outputStyle).add(Style.BOLD, moment.image());
        part(row, moment.exporting() ? "exporting" : moment.work());
        part(row, Quantity.since(moment.elapsed()));
        if (!moment.exporting()) {
            part(row, moment.done(), "done");
            part(row, moment.toCome(), "to come");
        }
        part(row, moment.cached(), "cached");
        return row;
    }

    private void part(Row row, int number, String word) {
        if (number > 0) {
            part(row, number + " " + word);
        }
    }

    private void part(Row row, String text) {
        row.addWhole(Style.FAINT, outputStyle.glyphs().separator() + text);
    }

    private Row export(ExportMeter.Reading reading) {
        ExportProgress.Standing standing = reading.standing();
        List<String> facts = reading.facts();
        Row row = new Row(columns, outputStyle);
        int bar = Math.clamp(columns - USUAL_FACTS, SHORTEST_BAR, LONGEST_BAR);
        int filled = standing.bytesTotal() == 0 ? 0 : (int) (bar * standing.bytesRead() / standing.bytesTotal());
        row.add(Style.GREEN, outputStyle.glyphs().barDone().repeat(filled));
        row.add(Style.FAINT, outputStyle.glyphs().barToDo().repeat(bar - filled));
        facts.forEach(fact -> row.addWhole(Style.PLAIN, outputStyle.glyphs().separator() + fact));
        return row;
    }

    private List<Row> steps(List<Activity.RunningStep> running, int available) {
        boolean roomForOutput = available >= 2 * running.size();
        int shown = running.size() <= available ? running.size() : Math.max(0, available - 1);
        List<Row> frame = new ArrayList<>();
        for (Activity.RunningStep step : running.subList(0, shown)) {
            frame.add(line(
                    Style.CYAN,
                    outputStyle.glyphs().running(),
                    Quantity.since(step.elapsed()),
                    step.step().name()));
            if (roomForOutput && !step.lastLine().isEmpty()) {
                frame.add(new Row(columns, outputStyle)
                        .add(Style.PLAIN, " ".repeat(INDENT))
                        .add(Style.FAINT, step.lastLine()));
            }
        }
        if (shown < running.size()) {
            frame.add(new Row(columns, outputStyle)
                    .add(Style.FAINT, outputStyle.glyphs().ellipsis() + " and " + (running.size() - shown) + " more"));
        }
        return frame;
    }

    /** {@code ✓   12.3 s  [system 3/7] RUN make}. */
    Row line(Style style, String glyph, String time, String text) {
        return new Row(columns, outputStyle)
                .add(style, glyph)
                .add(Style.FAINT, " ".repeat(Math.max(1, INDENT - 3 - time.length())) + time + "  ")
                .add(Style.PLAIN, DisplayText.line(text));
    }
}
