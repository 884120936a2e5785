package io.metalimages.cli.display;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.common.Digest;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** Writes what happens as BuildKit's {@code SolveStatus} has it, one JSON object a line, for the programs that read that. */
final class RawJsonDisplay implements Display {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int STANDARD_ERROR = 2;
    private static final int WARNING = 1;

    private final PrintStream log;
    private final Supplier<Instant> clock;
    private final Map<Step, Instant> started = new HashMap<>();

    /** @param clock tells the time */
    RawJsonDisplay(PrintStream log, Supplier<Instant> clock) {
        this.log = log;
        this.clock = clock;
    }

    @Override
    public void begin(String image, String work) {}

    @Override
    public synchronized void report(Progress.Event event) {
        Instant now = clock.get();
        switch (event) {
            case Progress.Event.Planned(List<Step> steps) ->
                write("vertexes", steps.stream().map(this::vertex).toList());
            case Progress.Event.Cached(Step step) -> {
                started.put(step, now);
                Map<String, Object> vertex = vertex(step);
                vertex.put("completed", now.toString());
                vertex.put("cached", true);
                write("vertexes", List.of(vertex));
            }
            case Progress.Event.Started(Step step, String reason) -> {
                started.put(step, now);
                write("vertexes", List.of(vertex(step)));
            }
            case Progress.Event.Output(Step step, String line) -> {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("vertex", digest(step));
                entry.put("stream", STANDARD_ERROR);
                entry.put("data", encoded(line + "\n"));
                entry.put("timestamp", now.toString());
                write("logs", List.of(entry));
            }
            case Progress.Event.Finished(Step step, Duration duration) -> {
                Map<String, Object> vertex = vertex(step);
                vertex.put("completed", now.toString());
                write("vertexes", List.of(vertex));
            }
            case Progress.Event.Failed(Step step, Duration duration, var file) -> {
                Map<String, Object> vertex = vertex(step);
                vertex.put("completed", now.toString());
                vertex.put("error", step.name() + " failed");
                write("vertexes", List.of(vertex));
            }
            case Progress.Event.Note(String message) -> {
                Map<String, Object> warning = new LinkedHashMap<>();
                warning.put("level", WARNING);
                warning.put("short", encoded(message));
                write("warnings", List.of(warning));
            }
        }
    }

    private Map<String, Object> vertex(Step step) {
        Map<String, Object> vertex = new LinkedHashMap<>();
        vertex.put("digest", digest(step));
        vertex.put("name", step.name());
        Instant begun = started.get(step);
        if (begun != null) {
            vertex.put("started", begun.toString());
        }
        return vertex;
    }

    private static String digest(Step step) {
        return "sha256:" + Digest.of(step.number() + " " + step.name()).hex();
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private void write(String member, List<Map<String, Object>> values) {
        log.print(JSON.writeValueAsString(Map.of(member, values)) + "\n");
        log.flush();
    }

    @Override
    public void upToDate() {}

    @Override
    public void exporting() {}

    @Override
    public void export(ExportProgress.Standing standing) {}

    @Override
    public void exported(Artifact artifact, Duration duration) {}

    @Override
    public boolean tick() {
        return false;
    }

    @Override
    public void interrupted() {}

    @Override
    public void close() {}
}
