package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What went into each step the last time, to say which input changed when a step has to run again. */
final class StepHistory {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_NAMED = 3;

    private final Path directory;

    StepHistory(StateDirectory state) {
        this.directory = state.history();
    }

    /** Why {@code ingredients} don't make what this step made last time. */
    String explain(String identity, SortedMap<String, String> ingredients) throws IOException {
        Path file = file(identity);
        if (!Files.exists(file)) {
            return "runs for the first time";
        }
        Map<String, String> before;
        try {
            before = JSON.readValue(Files.readString(file), new TypeReference<TreeMap<String, String>>() {});
        } catch (JacksonException unreadable) {
            return "what it was made from last time is not known";
        }
        List<String> changes = new ArrayList<>();
        ingredients.forEach((name, value) -> {
            if (!before.containsKey(name)) {
                changes.add(name + " is new");
            } else if (!value.equals(before.get(name))) {
                changes.add(name + " changed");
            }
        });
        before.keySet().stream()
                .filter(name -> !ingredients.containsKey(name))
                .forEach(name -> changes.add(name + " is gone"));
        if (changes.isEmpty()) {
            return "its result is no longer in the cache";
        }
        String named = String.join(", ", changes.subList(0, Math.min(MOST_NAMED, changes.size())));
        return changes.size() > MOST_NAMED ? named + " and " + (changes.size() - MOST_NAMED) + " more" : named;
    }

    void remember(String identity, SortedMap<String, String> ingredients, WorkDirectory work) throws IOException {
        Path written = work.newDirectory("history").resolve("ingredients.json");
        Files.writeString(written, JSON.writeValueAsString(ingredients));
        Files.move(written, file(identity), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path file(String identity) {
        return directory.resolve(Digest.of(identity).hex().substring(0, 32) + ".json");
    }
}
