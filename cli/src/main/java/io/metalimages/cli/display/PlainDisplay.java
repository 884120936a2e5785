package io.metalimages.cli.display;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line for each thing that happens, without control sequences, for logs and pipes. When nothing happens for a
 * while it says what is being waited for, as some places take silence for a hang.
 */
final class PlainDisplay implements Display {

    private static final long LONGEST_SILENCE = Duration.ofSeconds(15).toNanos();

    private final PrintStream log;
    private final LongSupplier nanoTime;
    private final OutputStyle outputStyle;
    private final boolean verbose;

    @Nullable
    private Activity activity;

    private long spoke;
    private int planned;
    private boolean closed;

    /**
     * @param nanoTime a clock like {@link System#nanoTime}
     * @param verbose whether each line of output is shown, and why a step runs
     */
    PlainDisplay(PrintStream log, LongSupplier nanoTime, Glyphs glyphs, boolean verbose) {
        this.log = log;
        this.nanoTime = nanoTime;
        this.outputStyle = new OutputStyle(glyphs, false);
        this.verbose = verbose;
        this.spoke = nanoTime.getAsLong();
    }

    @Override
    public synchronized void begin(String image, String work) {
        activity = new Activity(image, work, nanoTime.getAsLong());
        planned = 0;
        say(image);
    }

    @Override
    public synchronized void report(Progress.Event event) {
        if (activity != null) {
            activity.update(event, nanoTime.getAsLong());
        }
        switch (event) {
            case Progress.Event.Planned(List<Step> steps) -> planned += steps.size();
            case Progress.Event.Cached(Step step) -> say(step, "cached", step.name());
            case Progress.Event.Started(Step step, String reason) -> {
                say(step, "started", step.name());
                if (verbose) {
                    say(outputStyle.outputPrefix(step) + "(" + reason + ")");
                }
            }
            case Progress.Event.Output(Step step, String line) -> {
                if (verbose) {
                    say(outputStyle.outputPrefix(step) + DisplayText.line(line));
                }
            }
            case Progress.Event.Finished(Step step, Duration duration) ->
                say(step, "done", "after " + Quantity.took(duration));
            case Progress.Event.Failed(Step step, Duration duration, var log) ->
                say(step, "failed", "after " + Quantity.took(duration));
            case Progress.Event.Note(String message) -> say(message);
        }
    }

    @Override
    public synchronized void upToDate() {
        activity = null;
        say(Display.UP_TO_DATE);
    }

    @Override
    public synchronized void exporting() {
        say("exporting");
    }

    @Override
    public synchronized void export(ExportProgress.Standing standing) {
        if (activity != null) {
            activity.update(standing, nanoTime.getAsLong());
        }
    }

    @Override
    public synchronized void exported(Artifact artifact, Duration duration) {
        activity = null;
        say(Display.summary(artifact, outputStyle.glyphs()) + ", after " + Quantity.took(duration));
    }

    @Override
    public synchronized boolean tick() {
        long now = nanoTime.getAsLong();
        if (!closed && activity != null && now - spoke >= LONGEST_SILENCE) {
            sayWhatRuns(activity.at(now));
        }
        return !closed;
    }

    private void sayWhatRuns(Activity.Moment moment) {
        moment.export().ifPresent(reading -> say("exporting, " + String.join(", ", reading.facts())));
        for (Activity.RunningStep running : moment.running()) {
            say(
                    running.step(),
                    "running",
                    "for " + Quantity.since(running.elapsed())
                            + (running.lastLine().isEmpty() ? "" : ": " + running.lastLine()));
        }
    }

    @Override
    public synchronized void interrupted() {
        activity = null;
        say("Interrupted: ending what runs.");
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private void say(Step step, String what, String text) {
        say("%3d/%d %-7s %s".formatted(step.number(), Math.max(planned, step.number()), what, text));
    }

    private void say(String line) {
        if (!closed) {
            log.print(DisplayText.line(line) + "\n");
            log.flush();
            spoke = nanoTime.getAsLong();
        }
    }
}
