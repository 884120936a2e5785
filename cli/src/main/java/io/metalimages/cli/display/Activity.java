package io.metalimages.cli.display;

import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the work on one image is busy with, gathered from what it reports. Not thread-safe. */
final class Activity {

    private final String image;
    private final String work;
    private final long begun;
    private final Map<Step, Running> running = new LinkedHashMap<>();
    private int planned;
    private int cached;
    private final Set<Step> done = new HashSet<>();
    private boolean exporting;

    @Nullable
    private ExportMeter export;

    /** @param nanos the time now, on the clock of {@link System#nanoTime} like all times here */
    Activity(String image, String work, long nanos) {
        this.image = image;
        this.work = work;
        this.begun = nanos;
    }

    /** @param lastLine what it wrote last that can be seen; empty if nothing yet */
    private record Running(long since, String lastLine) {}

    void update(Progress.Event event, long nanos) {
        switch (event) {
            case Progress.Event.Planned(List<Step> steps) -> planned += steps.size();
            case Progress.Event.Cached cachedStep -> cached++;
            case Progress.Event.Started(Step step, String reason) -> {
                // A machine that starts over goes through steps that were done.
                done.remove(step);
                running.put(step, new Running(nanos, ""));
            }
            case Progress.Event.Output(Step step, String output) -> {
                String line = DisplayText.line(output);
                if (!line.isBlank()) {
                    running.computeIfPresent(step, (key, before) -> new Running(before.since(), line));
                }
            }
            case Progress.Event.Finished(Step step, Duration duration) -> {
                running.remove(step);
                done.add(step);
            }
            case Progress.Event.Failed failed -> running.remove(failed.step());
            case Progress.Event.Note note -> {}
        }
    }

    void exporting() {
        exporting = true;
    }

    void update(ExportProgress.Standing standing, long nanos) {
        if (export == null) {
            export = new ExportMeter(standing, nanos);
        } else {
            export.update(standing, nanos);
        }
    }

    /**
     * A moment of the work.
     *
     * @param work what is done with the image, in one word
     * @param running the steps that run, those that run longest first
     * @param toCome how many steps have not begun
     * @param exporting whether the steps are done and the artifact is made
     * @param export empty before something was exported
     */
    record Moment(
            String image,
            String work,
            Duration elapsed,
            List<RunningStep> running,
            int done,
            int cached,
            int toCome,
            boolean exporting,
            Optional<ExportMeter.Reading> export) {}

    record RunningStep(Step step, Duration elapsed, String lastLine) {}

    Moment at(long nanos) {
        return new Moment(
                image,
                work,
                Duration.ofNanos(nanos - begun),
                running.entrySet().stream()
                        .map(entry -> new RunningStep(
                                entry.getKey(),
                                Duration.ofNanos(nanos - entry.getValue().since()),
                                entry.getValue().lastLine()))
                        .toList(),
                done.size(),
                cached,
                Math.max(0, planned - done.size() - cached - running.size()),
                exporting,
                Optional.ofNullable(export).map(ExportMeter::read));
    }
}
