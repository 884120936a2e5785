package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What went into each step the last time, to say which input changed when a step has to run again. */
final class StepHistory {

    private static final int MOST_NAMED = 3;

    private final Path directory;

    StepHistory(StateDirectory state) {
        this.directory = state.history();
    }

    /**
     * One step as it ran last.
     *
     * @param components the digest of each component of the key, by the component's name
     */
    record Entry(String identity, Map<String, String> components) {}

    /** Why there is no result for {@code key}. */
    String explain(String identity, CacheKey key) throws IOException {
        Path file = file(identity);
        Optional<Entry> last = RecordFile.read(file, Entry.class);
        if (last.isEmpty()) {
            return Files.exists(file) ? "what it was made from last time is not known" : "runs for the first time";
        }
        return difference(last.get().components(), components(key));
    }

    private static String difference(Map<String, String> before, Map<String, String> now) {
        List<String> changes = new ArrayList<>();
        now.forEach((name, value) -> {
            if (!before.containsKey(name)) {
                changes.add(name + " is new");
            } else if (!value.equals(before.get(name))) {
                changes.add(name + " changed");
            }
        });
        before.keySet().stream().filter(name -> !now.containsKey(name)).forEach(name -> changes.add(name + " is gone"));
        if (changes.isEmpty()) {
            return "its result is no longer in the cache";
        }
        String named = String.join(", ", changes.subList(0, Math.min(MOST_NAMED, changes.size())));
        return changes.size() > MOST_NAMED ? named + " and " + (changes.size() - MOST_NAMED) + " more" : named;
    }

    void remember(String identity, CacheKey key, WorkDirectory work) throws IOException {
        RecordFile.replace(file(identity), new Entry(identity, components(key)), work);
    }

    private static Map<String, String> components(CacheKey key) {
        Map<String, String> components = new LinkedHashMap<>();
        key.components().forEach((name, value) -> components.put(name, value.hex()));
        return components;
    }

    private Path file(String identity) {
        return directory.resolve(Digest.of(identity).hex().substring(0, 32) + ".json");
    }
}
