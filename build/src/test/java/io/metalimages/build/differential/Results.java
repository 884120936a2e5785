package io.metalimages.build.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What Docker made of each case, kept in a file beside the cases; and, in {@value #WANTED}, what is wanted instead of it, after the
 * reason and an empty line. Of a build that fails only that is compared.
 */
final class Results {

    private static final String WANTED = "wanted-differences.results";
    private static final String ENDING = ".results";

    private final Map<String, Map<String, List<String>>> files = new LinkedHashMap<>();
    private final Map<String, List<String>> wanted;

    Results() throws IOException {
        wanted = read(CaseFile.DIRECTORY.resolve(WANTED));
    }

    private static Map<String, List<String>> read(Path file) throws IOException {
        Map<String, List<String>> sections =
                Files.exists(file) ? CaseFile.sections(Files.readString(file)) : new LinkedHashMap<>();
        sections.remove("");
        return sections;
    }

    private Map<String, List<String>> file(String topic) throws IOException {
        Map<String, List<String>> known = files.get(topic);
        if (known == null) {
            known = read(CaseFile.DIRECTORY.resolve(topic + ENDING));
            files.put(topic, known);
        }
        return known;
    }

    /** What Docker made of a case; fails if nobody has asked it. */
    List<String> docker(String name) throws IOException {
        List<String> lines = file(topic(name)).get(name.substring(name.indexOf('/') + 1));
        if (lines == null) {
            throw new AssertionError("There is no result for " + name
                    + ". Let Docker make it: DockerTest with -Dmetalimages.differential.write=true");
        }
        return lines;
    }

    /** What a build here has to make of it. */
    List<String> expected(String name) throws IOException {
        List<String> instead = wanted.get(name);
        return instead == null ? docker(name) : instead.subList(instead.indexOf("") + 1, instead.size());
    }

    boolean isDifferenceWanted(String name) {
        return wanted.containsKey(name);
    }

    /** The cases with a wanted difference. */
    List<String> wantedDifferences() {
        return List.copyOf(wanted.keySet());
    }

    /** Keeps these results in place of all that there are. */
    static void write(Map<String, List<String>> results) throws IOException {
        Map<String, Map<String, List<String>>> topics = new LinkedHashMap<>();
        results.forEach((name, lines) -> topics.computeIfAbsent(topic(name), _ -> new LinkedHashMap<>())
                .put(name.substring(name.indexOf('/') + 1), comparable(lines)));
        for (Map.Entry<String, Map<String, List<String>>> topic : topics.entrySet()) {
            Files.writeString(CaseFile.DIRECTORY.resolve(topic.getKey() + ENDING), CaseFile.written(topic.getValue()));
        }
    }

    private static String topic(String name) {
        return name.substring(0, name.indexOf('/'));
    }

    /** Why a build fails each program says in its own words. */
    static List<String> comparable(List<String> lines) {
        return !lines.isEmpty() && lines.getFirst().equals(Engine.FAILED) ? List.of(Engine.FAILED) : lines;
    }
}
