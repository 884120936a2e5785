package io.metalimages.cli;

import java.util.List;
import java.util.Map;

/** Nothing but names. */
record Names(List<String> names) implements Result {

    Names {
        names = List.copyOf(names);
    }

    @Override
    public List<String> text(Look look) {
        return names;
    }

    @Override
    public List<String> brief() {
        return names;
    }

    @Override
    public Map<String, Object> json() {
        return Map.of("names", names);
    }
}
