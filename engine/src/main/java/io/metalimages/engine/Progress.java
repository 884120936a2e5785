package io.metalimages.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Is told what a solve does, as it happens. Called from several threads at once; must return quickly. */
@FunctionalInterface
public interface Progress {

    /** Hears nothing. */
    Progress SILENT = event -> {};

    void report(Event event);

    /** What can happen. A step is planned, then either cached, or started and then finished or failed. */
    sealed interface Event {

        /** The steps that this solve needs, before the first of them starts. */
        record Planned(List<Step> steps) implements Event {}

        /** The step's result was there already. */
        record Cached(Step step) implements Event {}

        /** The step runs from now on; {@code reason} says which input made earlier results unusable. */
        record Started(Step step, String reason) implements Event {}

        /** The step wrote one line, without its line end. */
        record Output(Step step, String line) implements Event {}

        record Finished(Step step, Duration duration) implements Event {}

        /** The step failed after {@code duration}; its whole output is in {@code log}. */
        record Failed(Step step, Duration duration, Path log) implements Event {}

        /** Something worth knowing that belongs to no step, such as what an earlier run left and was cleaned up. */
        record Note(String message) implements Event {}
    }
}
