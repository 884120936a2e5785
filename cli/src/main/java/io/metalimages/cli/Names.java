package io.metalimages.cli;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Names of images.
 *
 * @param standIns what the packages of those really are that are made from a stand-in for an archive
 */
record Names(List<String> names, SortedMap<String, String> standIns) implements Result {

    Names {
        names = List.copyOf(names);
    }

    @Override
    public List<String> text(Look look) {
        return names.stream()
                .map(name -> standIns.containsKey(name)
                        ? name + look.glyphs().separator() + "stand-in with packages of "
                                + DisplayText.line(standIns.get(name))
                        : name)
                .toList();
    }

    @Override
    public List<String> brief() {
        return names;
    }

    @Override
    public Map<String, Object> json() {
        return Map.of("names", names, "standIns", new TreeMap<>(standIns));
    }
}
