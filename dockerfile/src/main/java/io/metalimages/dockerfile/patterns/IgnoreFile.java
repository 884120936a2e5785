package io.metalimages.dockerfile.patterns;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.WhiteSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The patterns of a {@code .dockerignore} file, or of {@code COPY --exclude}.
 *
 * <p>A pattern excludes the paths that it stands for and everything below them; one that begins with {@code !} takes paths
 * back in. The last pattern that applies to a path decides. A line that begins with {@code #} is a comment; white space
 * around a pattern, a slash at its start, {@code .} and {@code ..} in it are cleaned away.
 *
 * <p>A question takes time in proportion to the length of the path times the length of the patterns.
 */
public final class IgnoreFile {

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Set<String> ANYTHING = Set.of("*", "**", "**/*");

    private record Rule(boolean exception, PathPattern pattern) {}

    private final List<Rule> rules;

    private IgnoreFile(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /**
     * Reads an ignore file.
     *
     * @param file its name, for messages
     * @throws DockerfileException if a pattern is malformed
     */
    public static IgnoreFile parse(String file, String text) {
        List<Rule> rules = new ArrayList<>();
        String withoutMark = text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
        int number = 0;
        for (String line : withoutMark.split("\n", -1)) {
            number++;
            if (!line.startsWith("#")) {
                addRule(line, SourceRange.line(file, number), rules);
            }
        }
        return new IgnoreFile(rules);
    }

    /**
     * The same for patterns that stand elsewhere, where none is a comment.
     *
     * @param range where they stand, for messages
     * @throws DockerfileException if a pattern is malformed
     */
    public static IgnoreFile of(List<String> patterns, SourceRange range) {
        List<Rule> rules = new ArrayList<>();
        patterns.forEach(pattern -> addRule(pattern, range, rules));
        return new IgnoreFile(rules);
    }

    private static void addRule(String line, SourceRange range, List<Rule> rules) {
        String pattern = WhiteSpace.strip(line);
        if (pattern.isEmpty()) {
            return;
        }
        boolean exception = pattern.startsWith("!");
        String path = WhiteSpace.strip(exception ? pattern.substring(1) : pattern);
        if (path.isEmpty()) {
            throw new DockerfileException(
                    range, "There is no pattern after the exclamation mark.", "Add one, or take the line out.");
        }
        rules.add(new Rule(exception, PathPattern.parseDeep(withoutLeadingSlash(CleanPath.of(path)), range)));
    }

    private static String withoutLeadingSlash(String path) {
        return path.startsWith("/") && path.length() > 1 ? path.substring(1) : path;
    }

    /**
     * Whether a file or directory is left out.
     *
     * @param relativePath its path below the context, with slashes; the context itself is never left out
     */
    public boolean excludes(String relativePath) {
        return decidingRule(relativePath) >= 0;
    }

    /** Whether one of the patterns stands for everything. */
    public boolean excludesAll() {
        return rules.stream()
                .anyMatch(rule ->
                        !rule.exception() && ANYTHING.contains(rule.pattern().toString()));
    }

    /** Whether a pattern takes paths back in. */
    public boolean hasExceptions() {
        return rules.stream().anyMatch(Rule::exception);
    }

    /**
     * Whether a directory is left out with all that may be below it, so that nobody needs to look into it.
     *
     * @param relativePath its path below the context, with slashes
     */
    public boolean excludesWithContents(String relativePath) {
        int deciding = decidingRule(relativePath);
        String directory = withoutLeadingSlash(CleanPath.of(relativePath));
        return deciding >= 0
                && rules.subList(deciding, rules.size()).stream()
                        .noneMatch(rule -> rule.exception() && rule.pattern().matchesBelow(directory));
    }

    /** The index of the last rule that excludes a path, or -1 if the path isn't excluded. */
    private int decidingRule(String relativePath) {
        String path = withoutLeadingSlash(CleanPath.of(relativePath));
        if (path.equals(".") || path.equals("/")) {
            return -1;
        }
        for (int index = rules.size() - 1; index >= 0; index--) {
            if (rules.get(index).pattern().matchesPathOrParent(path)) {
                return rules.get(index).exception() ? -1 : index;
            }
        }
        return -1;
    }
}
