package io.metalimages.engine;

import io.metalimages.common.Digest;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Everything that decides what an operation makes, by a name that the user understands. */
final class Ingredients {

    private final SortedMap<String, String> values = new TreeMap<>();

    Ingredients(String kind) {
        values.put("kind of step", kind);
    }

    Ingredients with(String name, Object value) {
        values.put(name, value.toString());
        return this;
    }

    Ingredients withAll(Map<String, String> named) {
        values.putAll(named);
        return this;
    }

    SortedMap<String, String> values() {
        return Collections.unmodifiableSortedMap(values);
    }

    /** Equal for equal ingredients only: each part is preceded by its length. */
    Digest key() {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) -> text.append(name.length())
                .append(':')
                .append(name)
                .append(value.length())
                .append(':')
                .append(value));
        return Digest.of(text.toString());
    }
}
