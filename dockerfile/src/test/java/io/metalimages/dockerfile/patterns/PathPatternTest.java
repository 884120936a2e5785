package io.metalimages.dockerfile.patterns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns for paths. */
class PathPatternTest {

    private static final SourceRange RANGE = new SourceRange("Dockerfile", 4, 4);

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "abc,abc,true",
                "abc,abcd,false",
                "*,abc,true",
                "*,``,true",
                "*c,abc,true",
                "a*,a,true",
                "a*,abc,true",
                "a*,ab/c,false",
                "a*/b,abc/b,true",
                "a*/b,a/c/b,false",
                "a*b*c*d*e*/f,axbxcxdxe/f,true",
                "a*b*c*d*e*/f,axbxcxdxexxx/fff,false",
                "a*b?c*x,abxbbxdbxebxczzx,true",
                "a*b?c*x,abxbbxdbxebxczzy,false",
                "ab[c],abc,true",
                "ab[b-d],abc,true",
                "ab[e-g],abc,false",
                "ab[^c],abc,false",
                "ab[^e-g],abc,true",
                "a\\*b,a*b,true",
                "a\\*b,ab,false",
                "a?b,a☺b,true",
                "a[^a]b,a☺b,true",
                "a???b,a☺b,false",
                "[a-ζ]*,α,true",
                "*[a-ζ],A,false",
                "a?b,a/b,false",
                "a*b,a/b,false",
                "[\\]a],],true",
                "[\\-],-,true",
                "[x\\-],x,true",
                "[x\\-],z,false",
                "[\\-x],a,false",
                "*x,xxx,true",
                "**,a/b,false",
                "[^a],/,true",
            })
    void followsTheRulesOfFilepathMatch(String pattern, String path, boolean matches) {
        assertThat(PathPattern.parse(pattern, RANGE).matches(path)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "**,file,true",
        "**,dir/file,true",
        "**/,dir/file,true",
        "**/**,dir/file,true",
        "dir/**,dir,false",
        "dir/**,dir/file,true",
        "dir/**,dir/dir2/file,true",
        "**/dir,dir,true",
        "**/dir,dir/file,false",
        "**/dir,a/b/dir,true",
        "**/dir2/*,dir/dir2/file,true",
        "**/dir2/**,dir/dir2/dir2/file,true",
        "**file,file,true",
        "**file,dir/file,true",
        "**.go,a/b.go,true",
        "**file*,xfile1,false",
        "**file*,x/file1,true",
        "**/file,dir/afile,false",
        "**/*.txt,a/b/file.txt,true",
        "**/*.txt,file.txt,true",
        "**/*.txt,.txt,true",
        "**/*.txt,a/btxt,false",
        "**/a*.txt,a/file.txt,false",
        "a[b-d]e,abe,true",
        "a**/*.txt,a/file.txt,true",
        "a**/*.txt,a/dir/file.txt,true",
        "a**/*.txt,afile.txt,true",
        "a**/*.txt,a/b.md,false",
        "a/*.txt,a/dir/file.txt,false",
        "a/b/**/c,a/b/c,true",
        "a/b/**/c,a/b/x/y/c,true",
        "a/b/**/c,a/b/xc,false",
        "**/.foo,bar.foo,false",
        "**/.foo,.foo,true",
        "abc.def,abcZdef,false",
        "a(b)c/def,a(b)c/def,true",
        "a.|)$(}+{bc,a.|)$(}+{bc,true",
        "a*b*c,a/b/c,false",
    })
    void deepPatternsFollowTheRulesOfTheIgnoreFile(String pattern, String path, boolean matches) {
        assertThat(PathPattern.parseDeep(CleanPath.of(pattern), RANGE).matches(path))
                .isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "a/b,a,true",
        "a/b,a/b,false",
        "a/b,b,false",
        "a/*,a,true",
        "a*,a,false",
        "a/**,a,true",
        "a/**,a/b/c,true",
        "**/x,any/where,true",
        "*/x,any/where,false",
        "**,a,true",
        "a/[b]/c,a/b,true",
        "a/[b]/c,a/c,false",
    })
    void tellsWhetherItCanMatchBelowADirectory(String pattern, String directory, boolean below) {
        assertThat(PathPattern.parseDeep(pattern, RANGE).matchesBelow(directory))
                .isEqualTo(below);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[", "[a", "[]", "[]a]", "[^", "[^]", "[-]", "[x-]", "[-x]", "[a-b-c]", "a\\", "[\\", "[a-\\"})
    void malformedPatternIsReported(String pattern) {
        assertThatThrownBy(() -> PathPattern.parse(pattern, RANGE))
                .isInstanceOf(DockerfileException.class)
                .hasMessageStartingWith("Dockerfile:4: The pattern \"" + pattern + "\" has a bracket");
    }

    @Test
    void literalPatternStandsForOnePath() {
        assertThat(PathPattern.parse("a\\*/b", RANGE).isLiteral()).isTrue();
        assertThat(PathPattern.parse("a*/b", RANGE).isLiteral()).isFalse();
        assertThat(PathPattern.parse("a*/b", RANGE)).hasToString("a*/b");
    }

    @Test
    void agreesWithRegularExpressions() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            String pattern = text(random, "ab/*?", 8);
            String path = text(random, "ab/", 10);
            String expression = pattern.replace("*", "[^/]*").replace("?", "[^/]");
            assertThat(PathPattern.parse(pattern, RANGE).matches(path))
                    .as("seed %d: pattern %s, path %s", seed, pattern, path)
                    .isEqualTo(Pattern.matches(expression, path));
        }
    }

    private static String text(Random random, String alphabet, int longest) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(longest + 1);
        for (int position = 0; position < length; position++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    @Test
    void patternsThatTemptToTryEverythingDont() {
        String path = "a/".repeat(5_000);

        assertThat(PathPattern.parseDeep("**/a/".repeat(50) + "b", RANGE).matches(path))
                .isFalse();
        assertThat(PathPattern.parse("*a".repeat(50) + "b", RANGE).matches("a".repeat(10_000)))
                .isFalse();
    }
}
