package io.metalimages.cli.display;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Redraws a few rows at the bottom of a terminal: what runs, since when, and what it wrote last. What is over scrolls
 * away above them and stays.
 */
final class LiveDisplay implements Display {

    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    private static final String CUT_LONG_LINES = "\u001b[?7l";
    private static final String BREAK_LONG_LINES = "\u001b[?7h";
    private static final String ERASE_REST_OF_LINE = "\u001b[K";
    private static final String ERASE_BELOW = "\u001b[J";

    private final PrintStream terminal;
    private final Supplier<Terminal.Size> size;
    private final LongSupplier nanoTime;
    private final OutputStyle outputStyle;
    private final boolean verbose;

    /** Lines that are to stay, in the order in which they came, not written yet. */
    private final List<String> lasting = new ArrayList<>();

    /** The columns of each row that is on the terminal and is to be drawn over. */
    private List<Integer> drawn = List.of();

    @Nullable
    private Activity activity;

    private int cached;
    private boolean interrupted;
    private boolean closed;

    /**
     * @param size what the terminal shows now; asked before each drawing
     * @param nanoTime a clock like {@link System#nanoTime}
     * @param verbose whether each line of output stays, and why a step runs
     */
    LiveDisplay(
            PrintStream terminal,
            Supplier<Terminal.Size> size,
            LongSupplier nanoTime,
            OutputStyle outputStyle,
            boolean verbose) {
        this.terminal = terminal;
        this.size = size;
        this.nanoTime = nanoTime;
        this.outputStyle = outputStyle;
        this.verbose = verbose;
    }

    @Override
    public synchronized void begin(String image, String work) {
        cached = 0;
        activity = new Activity(image, work, nanoTime.getAsLong());
    }

    @Override
    public synchronized void report(Progress.Event event) {
        if (activity != null) {
            activity.update(event, nanoTime.getAsLong());
        }
        switch (event) {
            case Progress.Event.Planned planned -> {}
            case Progress.Event.Cached(Step step) -> {
                cached++;
                if (verbose) {
                    stay(Style.GREEN, outputStyle.glyphs().cached(), "cached", step.name());
                }
            }
            case Progress.Event.Started(Step step, String reason) -> {
                if (verbose) {
                    stay(Style.CYAN, outputStyle.glyphs().running(), "started", step.name());
                    stay(step, "(" + reason + ")");
                }
            }
            case Progress.Event.Output(Step step, String line) -> {
                if (verbose) {
                    stay(step, DisplayText.line(line));
                }
            }
            case Progress.Event.Finished(Step step, Duration duration) ->
                stay(Style.GREEN, outputStyle.glyphs().done(), Quantity.took(duration), step.name());
            case Progress.Event.Failed(Step step, Duration duration, var log) ->
                stay(Style.RED, outputStyle.glyphs().failed(), Quantity.took(duration), step.name());
            case Progress.Event.Note(String message) ->
                lasting.add(outputStyle.glyphs().note() + " " + DisplayText.line(message));
        }
    }

    @Override
    public synchronized void upToDate() {
        settleCached();
        stay(Style.GREEN, outputStyle.glyphs().done(), "", Display.UP_TO_DATE);
        activity = null;
    }

    @Override
    public synchronized void exporting() {
        settleCached();
        if (activity != null) {
            activity.exporting();
        }
    }

    @Override
    public synchronized void export(ExportProgress.Standing standing) {
        if (activity != null) {
            activity.update(standing, nanoTime.getAsLong());
        }
    }

    @Override
    public synchronized void exported(Artifact artifact, Duration duration) {
        stay(
                Style.GREEN,
                outputStyle.glyphs().done(),
                Quantity.took(duration),
                Display.summary(artifact, outputStyle.glyphs()));
        activity = null;
    }

    /** One line in place of one for each step that there was nothing to do for. */
    private void settleCached() {
        if (cached > 0 && !verbose) {
            stay(Style.GREEN, outputStyle.glyphs().cached(), "cached", Quantity.count(cached, "step"));
        }
        cached = 0;
    }

    private void stay(Style style, String glyph, String time, String text) {
        lasting.add(new LiveFrame(outputStyle, size.get())
                .line(style, glyph, time, text)
                .toString());
    }

    private void stay(Step step, String line) {
        lasting.add(outputStyle.styled(Style.FAINT, outputStyle.outputPrefix(step)) + line);
    }

    @Override
    public synchronized boolean tick() {
        if (!closed) {
            draw();
        }
        return !closed;
    }

    @Override
    public synchronized void interrupted() {
        interrupted = true;
        tick();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        settleCached();
        activity = null;
        interrupted = false;
        draw();
        terminal.print(SHOW_CURSOR);
        terminal.flush();
    }

    private void draw() {
        Terminal.Size now = size.get();
        StringBuilder output = new StringBuilder();
        int above = drawn.stream()
                .mapToInt(columns -> rowsTaken(columns, now.columns()))
                .sum();
        output.append('\r');
        if (above > 0) {
            output.append("\u001b[").append(above).append('A');
        }
        if (!lasting.isEmpty()) {
            output.append(ERASE_BELOW);
            lasting.forEach(line -> output.append(line).append('\n'));
            lasting.clear();
        }
        output.append(CUT_LONG_LINES);
        List<Row> frame = frame(now);
        frame.forEach(row -> output.append(row).append(ERASE_REST_OF_LINE).append('\n'));
        output.append(ERASE_BELOW).append(BREAK_LONG_LINES).append(interrupted ? SHOW_CURSOR : HIDE_CURSOR);
        drawn = frame.stream().map(Row::columns).toList();
        terminal.print(output);
        terminal.flush();
    }

    private List<Row> frame(Terminal.Size now) {
        if (interrupted) {
            return List.of(new Row(now.columns() - 1, outputStyle)
                    .add(Style.BOLD, "Interrupted: ending what runs. Ctrl-C again leaves at once."));
        }
        return activity == null ? List.of() : new LiveFrame(outputStyle, now).of(activity.at(nanoTime.getAsLong()));
    }

    /** A terminal that has become narrower since has broken what does not fit into several rows. */
    private static int rowsTaken(int columns, int terminalColumns) {
        return Math.max(1, Math.ceilDiv(columns, terminalColumns));
    }
}
