package io.metalimages.artifact.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlobPatternTest {

    private static boolean matches(String pattern, String path) {
        return GlobPattern.parse(pattern)
                .map(glob -> glob.matches(path))
                .orElseThrow(() -> new AssertionError(pattern + " is well-formed"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*|a|true",
                "*|.a|false",
                ".*|.a|true",
                "a*c|abbc|true",
                "a*c|abbd|false",
                "*|a/b|false",
                "*/*.conf|a/b.conf|true",
                "*/*.conf|a/.conf|false",
                "?|a|true",
                "?|.|false",
                "a?|a.|true",
                "[a-c]x|bx|true",
                "[a-c]x|dx|false",
                "[!a-c]x|dx|true",
                "[^a-c]x|bx|false",
                "[]x]|]|true",
                "[!]x]|]|false",
                "[z-a]|m|false",
                "{a,b}c|bc|true",
                "{a,b}c|cc|false",
                "{a,b{c,d}}e|bde|true",
                "{a,b{c,d}}e|be|false",
                "a{,b}|a|true",
                "{a/b,c}|a/b|true",
                "a}|a}|true",
                "a,b|a,b|true",
            })
    void matchesAsGlobDoes(String pattern, String path, boolean matching) {
        assertThat(matches(pattern, path)).isEqualTo(matching);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "[a", "[]", "[!]", "{a", "{a,{b}", "a/[b/c]"})
    void malformedOnesAreNoPatterns(String pattern) {
        assertThat(GlobPattern.parse(pattern)).isEmpty();
    }

    @Test
    void tooManyAlternativesAreNoPattern() {
        assertThat(GlobPattern.parse("{a,b}".repeat(40))).isEmpty();
        assertThat(GlobPattern.parse("{".repeat(400) + "}".repeat(400))).isPresent();
        assertThat(GlobPattern.parse("{}".repeat(400))).isPresent();
        assertThat(GlobPattern.parse("a".repeat(5_000))).isEmpty();
        assertThat(GlobPattern.parse("{a,b}".repeat(8))).isPresent();
    }

    @Test
    void patternsThatTemptToTryEverythingDont() {
        String path = "a".repeat(4_000);
        assertThat(matches("a*".repeat(1_000) + "b", path)).isFalse();
        assertThat(matches("*a".repeat(1_000), path)).isTrue();
        assertThat(matches("?*".repeat(1_000) + "[b]", path)).isFalse();
    }

    /** The JDK's globs know no hidden files, and mean something else by {@code **}. */
    @Test
    void agreesWithTheJdkWhereThatKnowsTheSame() {
        Random random = new Random(7);
        String[] pieces = {"a", "b", "ab", "*", "?", "[ab]", "[!a]", "{a,b}", "{ab,a*}", "/"};
        for (int round = 0; round < 20_000; round++) {
            StringBuilder pattern = new StringBuilder();
            for (int piece = random.nextInt(7); piece >= 0; piece--) {
                pattern.append(pieces[random.nextInt(pieces.length)]);
            }
            StringBuilder path = new StringBuilder();
            for (int letter = random.nextInt(6); letter >= 0; letter--) {
                path.append("aab/".charAt(random.nextInt(4)));
            }
            String text = pattern.toString();
            boolean normalized = Path.of(path.toString()).toString().contentEquals(path);
            if (text.contains("**") || !normalized) {
                continue;
            }
            PathMatcher oracle = FileSystems.getDefault().getPathMatcher("glob:" + text);
            assertThat(matches(text, path.toString()))
                    .as("%s against %s", text, path)
                    .isEqualTo(oracle.matches(Path.of(path.toString())));
        }
    }
}
