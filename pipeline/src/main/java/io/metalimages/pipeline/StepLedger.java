package io.metalimages.pipeline;

import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Keeps what became of each step. Thread-safe. */
public final class StepLedger implements Progress {

    private final List<Entry> entries = new ArrayList<>();

    /**
     * What became of a step.
     *
     * @param ran how long it ran; empty if its result was there already
     */
    public record Entry(Step step, Optional<Duration> ran) {

        public boolean isCached() {
            return ran.isEmpty();
        }
    }

    @Override
    public synchronized void report(Event event) {
        switch (event) {
            case Event.Cached(Step step) -> entries.add(new Entry(step, Optional.empty()));
            case Event.Finished(Step step, Duration duration) -> entries.add(new Entry(step, Optional.of(duration)));
            case Event.Planned planned -> {}
            case Event.Started started -> {}
            case Event.Output output -> {}
            case Event.Failed failed -> {}
            case Event.Note note -> {}
        }
    }

    /** In the order of the steps' numbers. */
    public synchronized List<Entry> entries() {
        return entries.stream()
                .sorted(Comparator.comparingInt(entry -> entry.step().number()))
                .toList();
    }
}
