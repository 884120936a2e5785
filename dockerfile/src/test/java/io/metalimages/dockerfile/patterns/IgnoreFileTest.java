package io.metalimages.dockerfile.patterns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What {@code .dockerignore} leaves out. */
class IgnoreFileTest {

    private static IgnoreFile parse(String... lines) {
        return IgnoreFile.parse(".dockerignore", String.join("\n", lines));
    }

    @Test
    void nothingIsExcludedByNothing() {
        assertThat(parse("", "  \t", "# a", "\r").excludes("a")).isFalse();
    }

    @Test
    void patternExcludesWhatIsBelow() {
        IgnoreFile file = parse("docs", "*/temp*", "*.md");

        assertThat(List.of("docs", "docs/a", "docs/a/b", "x/temp", "x/temporary/y", "README.md", "a.md/b"))
                .allMatch(file::excludes);
        assertThat(List.of("doc", "x/docs", "x/y/temp", "x/README.md")).noneMatch(file::excludes);
    }

    @Test
    void lastPatternThatAppliesDecides() {
        assertThat(parse("*.md", "!README*.md", "README-secret.md").excludes("README.md"))
                .isFalse();
        assertThat(parse("*.md", "!README*.md", "README-secret.md").excludes("README-secret.md"))
                .isTrue();
        assertThat(parse("*.md", "README-secret.md", "!README*.md").excludes("README-secret.md"))
                .isFalse();
        assertThat(parse("!a", "a").excludes("a")).isTrue();
    }

    @Test
    void exceptionReachesIntoAnExcludedDirectory() {
        IgnoreFile file = parse("*", "!src/main", "src/main/generated");

        assertThat(List.of("src/main", "src/main/A.java")).noneMatch(file::excludes);
        assertThat(List.of("src", "src/test", "pom.xml", "src/main/generated/B.java"))
                .allMatch(file::excludes);
    }

    @Test
    void linesAreCleaned() {
        IgnoreFile file =
                IgnoreFile.parse(".dockerignore", "\uFEFF# comment\r\n  /a/ \r\n./b/../c//d\n! /a/keep\n #e\n");

        assertThat(file.excludes("a/x")).isTrue();
        assertThat(file.excludes("c/d")).isTrue();
        assertThat(file.excludes("a/keep")).isFalse();
        assertThat(file.excludes("#e")).isTrue();
        assertThat(file.excludes("./a//x/")).isTrue();
        assertThat(file.excludes("/a/x")).isTrue();
    }

    @Test
    void contextItselfIsNeverExcluded() {
        IgnoreFile file = parse("**", ".", "/");

        assertThat(file.excludes(".")).isFalse();
        assertThat(file.excludes("")).isFalse();
        assertThat(file.excludesWithContents(".")).isFalse();
        assertThat(file.excludes("a")).isTrue();
    }

    @Test
    void directoryIsSkippedIfNoExceptionCanBeBelow() {
        IgnoreFile file = parse("*", "!src/**/*.java", "!LICENSE", "target");

        assertThat(file.excludesWithContents("node_modules")).isTrue();
        assertThat(file.excludesWithContents("src")).isFalse();
        assertThat(file.excludesWithContents("src/main")).isFalse();
        assertThat(file.excludesWithContents("target")).isTrue();
        assertThat(file.excludesWithContents("LICENSE")).isFalse();
        assertThat(parse("a", "!**/keep").excludesWithContents("a")).isFalse();
        assertThat(parse("!**/keep", "a").excludesWithContents("a")).isTrue();
        assertThat(parse("b").excludesWithContents("a")).isFalse();
    }

    @Test
    void patternsElsewhereHaveNoComments() {
        IgnoreFile file = IgnoreFile.of(List.of("#a", "!#a/b"), new SourceRange("Dockerfile", 2, 2));

        assertThat(file.excludes("#a/c")).isTrue();
        assertThat(file.excludes("#a/b")).isFalse();
    }

    @Test
    void faultNamesTheLine() {
        assertThatThrownBy(() -> parse("a", "!", "b")).isInstanceOfSatisfying(DockerfileException.class, fault -> {
            assertThat(fault).hasMessage(".dockerignore:2: There is no pattern after the exclamation mark.");
            assertThat(fault.hint()).isNotBlank();
        });
        assertThatThrownBy(() -> parse("a", "b", "x[")).hasMessageStartingWith(".dockerignore:3: The pattern \"x[\"");
    }

    /** A directory that may be skipped has nothing below it that is wanted. */
    @Test
    void skippedDirectoriesHideNothing() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] names = {"a", "b", "ab"};
        String[] pieces = {"a", "b", "ab", "*", "**", "a*", "?"};
        int skipped = 0;
        for (int round = 0; round < 3_000; round++) {
            List<String> lines = new ArrayList<>();
            for (int line = random.nextInt(5); line >= 0; line--) {
                lines.add((random.nextBoolean() ? "!" : "") + path(random, pieces));
            }
            IgnoreFile file = parse(lines.toArray(String[]::new));
            String directory = path(random, names);
            if (file.excludesWithContents(directory)) {
                skipped++;
                for (int child = 0; child < 20; child++) {
                    String path = directory + "/" + path(random, names);
                    assertThat(file.excludes(path))
                            .as("seed %d: %s, path %s", seed, lines, path)
                            .isTrue();
                }
            }
        }
        assertThat(skipped).as("seed %d", seed).isPositive();
    }

    private static String path(Random random, String[] pieces) {
        List<String> names = new ArrayList<>();
        for (int depth = random.nextInt(3); depth >= 0; depth--) {
            names.add(pieces[random.nextInt(pieces.length)]);
        }
        return String.join("/", names);
    }

    /** Each of these questions would take minutes if every directory above was matched by itself. */
    @Test
    void depthCostsNoMoreThanLength() {
        StringBuilder text = new StringBuilder();
        for (int pattern = 0; pattern < 1_000; pattern++) {
            text.append("**/a/").append(pattern).append("*\n");
        }
        IgnoreFile patterns = IgnoreFile.parse(".dockerignore", text + "a/b\n!**/kept\n");
        String deep = "a/".repeat(2_040) + "b";
        for (int question = 0; question < 2; question++) {
            assertThat(patterns.excludes(deep)).isFalse();
            assertThat(patterns.excludes(deep + "/kept")).isFalse();
            assertThat(patterns.excludes("a/b/" + deep)).isTrue();
            assertThat(patterns.excludesWithContents("a/b/" + deep)).isFalse();
            assertThat(patterns.excludes(deep.replace("b", "77b/x"))).isTrue();
        }
    }
}
