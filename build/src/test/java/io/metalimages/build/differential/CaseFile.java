package io.metalimages.build.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Cases in one file. {@code === NAME} begins a case, and {@code --- } a part of it:
 * <pre>
 * --- Dockerfile
 * --- file PATH
 * --- setup
 * --- arg NAME=VALUE
 * --- context NAME=DIRECTORY
 * --- target STAGE
 * </pre>
 * The lines below the first three belong to them. What stands before the first case belongs to all.
 */
final class CaseFile {

    private static final String CASE = "=== ";
    private static final String PART = "--- ";

    /** Kept beside the sources: Maven's copy would have none of the results that are written anew. */
    static final Path DIRECTORY = Path.of(System.getProperty("basedir", ""), "src/test/resources/differential");

    private CaseFile() {}

    /** All cases of all files, and some by chance. */
    static List<Case> all() {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            List<Case> cases = new ArrayList<>();
            for (Path file : files.filter(path -> path.toString().endsWith(".cases"))
                    .sorted()
                    .toList()) {
                cases.addAll(read(file));
            }
            cases.addAll(RandomCase.kept());
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Case> read(Path file) throws IOException {
        String topic = file.getFileName().toString().replace(".cases", "");
        List<Case> cases = new ArrayList<>();
        Map<String, List<String>> sections = sections(Files.readString(file));
        List<String> shared = Objects.requireNonNull(sections.remove(""));
        sections.forEach((name, lines) -> {
            Parts parts = new Parts();
            parts.add(shared);
            parts.add(lines);
            cases.add(parts.toCase(topic + "/" + name));
        });
        return cases;
    }

    /** The lines of each case by its name; those before the first under none. */
    static Map<String, List<String>> sections(String text) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> current = new ArrayList<>();
        sections.put("", current);
        for (String line : text.lines().toList()) {
            if (line.startsWith(CASE)) {
                current = new ArrayList<>();
                if (sections.put(line.substring(CASE.length()), current) != null) {
                    throw new IllegalArgumentException("There are two cases called " + line);
                }
            } else {
                current.add(line);
            }
        }
        return sections;
    }

    /** What {@link #sections} reads, without a part before the first. */
    static String written(Map<String, List<String>> sections) {
        StringBuilder text = new StringBuilder();
        sections.forEach((name, lines) -> {
            text.append(CASE).append(name).append('\n');
            lines.forEach(line -> text.append(line).append('\n'));
        });
        return text.toString();
    }

    private static final class Parts {

        private final Map<String, String> files = new LinkedHashMap<>();
        private final List<String> setup = new ArrayList<>();
        private final Map<String, String> arguments = new HashMap<>();
        private final Map<String, String> contexts = new HashMap<>();
        private Optional<String> target = Optional.empty();

        void add(List<String> lines) {
            String part = "";
            StringBuilder text = new StringBuilder();
            for (String line : lines) {
                if (line.startsWith(PART)) {
                    end(part, text.toString());
                    part = line.substring(PART.length());
                    text.setLength(0);
                } else {
                    text.append(line).append('\n');
                }
            }
            end(part, text.toString());
        }

        private void end(String part, String text) {
            String[] words = part.split(" ", 2);
            switch (words[0]) {
                case "" -> {}
                case Case.DOCKERFILE -> files.put(Case.DOCKERFILE, text);
                case "file" -> files.put(words[1], text);
                case "setup" -> setup.add(text);
                case "arg" -> put(arguments, words[1]);
                case "context" -> put(contexts, words[1]);
                case "target" -> target = Optional.of(words[1]);
                default -> throw new IllegalArgumentException("There is no part " + part);
            }
        }

        private static void put(Map<String, String> map, String assignment) {
            String[] sides = assignment.split("=", 2);
            map.put(sides[0], sides[1]);
        }

        Case toCase(String name) {
            return new Case(name, files, setup, arguments, contexts, target);
        }
    }
}
