package io.metalimages.rack;

import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.Score;
import io.metalimages.rack.checks.TestReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The phases of a test, one after the other: tells of each as it goes on, and keeps what became of it. Not thread-safe. */
final class PhaseTracker {

    private final Progress progress;
    private final Path log;
    private final List<Step> planned = new ArrayList<>();
    private final List<TestReport.Phase> ended = new ArrayList<>();

    @Nullable
    private Step current;

    private long begun;

    /**
     * Plans a test.
     *
     * @param names of all phases that there will be if none fails, in their order
     * @param log what a person looks into when a phase has failed
     */
    PhaseTracker(List<String> names, Path log, Progress progress) {
        this.progress = progress;
        this.log = log;
        names.forEach(name -> planned.add(new Step(planned.size() + 1, name, "")));
        progress.report(new Progress.Event.Planned(List.copyOf(planned)));
    }

    void begin(String name) {
        current = planned.stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("The phase " + name + " was not planned."));
        begun = System.nanoTime();
        progress.report(new Progress.Event.Started(current, "every test does this"));
    }

    boolean isRunning() {
        return current != null;
    }

    boolean isRunning(String name) {
        return current != null && current.name().equals(name);
    }

    /** Something that is of interest while the phase goes on. */
    void said(String line) {
        if (current != null) {
            progress.report(new Progress.Event.Output(current, line));
        }
    }

    /** Ends the phase, which is passed if all its checks are. */
    TestReport.Phase end(List<CheckResult> checks) {
        return end(checks, List.of());
    }

    /** Like {@link #end(List)}, of a phase in which something was measured. */
    TestReport.Phase end(List<CheckResult> checks, List<Score> scores) {
        return close(Optional.empty(), checks, scores);
    }

    void end() {
        end(List.of());
    }

    /** Ends the phase, which did not come to its end. */
    void fail(String reason) {
        close(Optional.of(reason), List.of(), List.of());
    }

    /**
     * Ends the phase that runs, and forgets what became of {@code first} and of all after it: they begin once more.
     *
     * @return the phase that was running; empty if none was
     */
    Optional<String> startOver(String first) {
        Optional<String> interrupted = Optional.ofNullable(current).map(Step::name);
        interrupted.ifPresent(name -> fail("It begins once more."));
        List<String> kept = planned.stream()
                .map(Step::name)
                .takeWhile(name -> !name.equals(first))
                .toList();
        ended.removeIf(phase -> !kept.contains(phase.name()));
        return interrupted;
    }

    /** Whether a phase has come to its end, whatever became of its checks. */
    boolean hasEnded(String name) {
        return ended.stream()
                .anyMatch(phase -> phase.name().equals(name) && phase.failure().isEmpty());
    }

    /** Whether all that were planned have come to their end. */
    boolean areOver() {
        return current == null && ended.size() == planned.size();
    }

    private TestReport.Phase close(Optional<String> failure, List<CheckResult> checks, List<Score> scores) {
        Step step = current;
        if (step == null) {
            throw new IllegalStateException("No phase is running.");
        }
        current = null;
        Duration duration = Duration.ofNanos(System.nanoTime() - begun);
        TestReport.Phase phase = new TestReport.Phase(step.name(), duration, failure, checks, scores);
        ended.add(phase);
        progress.report(
                phase.passed()
                        ? new Progress.Event.Finished(step, duration)
                        : new Progress.Event.Failed(step, duration, log));
        return phase;
    }

    /** What became of those that have ended. */
    List<TestReport.Phase> ended() {
        return List.copyOf(ended);
    }
}
