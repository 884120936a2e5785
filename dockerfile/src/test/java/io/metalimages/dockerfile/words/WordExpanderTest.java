package io.metalimages.dockerfile.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expansion of words. */
class WordExpanderTest {

    private static final SourceRange RANGE = new SourceRange("Dockerfile", 7, 9);

    private static final Map<String, String> VARIABLES = Map.ofEntries(
            Map.entry("FULL", "value"),
            Map.entry("EMPTY", ""),
            Map.entry("PATH", "/usr/local/bin"),
            Map.entry("FILE", "archive.tar.gz"),
            Map.entry("STARS", "a***b*"),
            Map.entry("SLASHES", "/tmp/tmp/x"),
            Map.entry("LINES", "ab\nab"),
            Map.entry("SPACED", "  one  two "),
            Map.entry("OTHER", "/local"),
            Map.entry("ROCKET", "🖖🚀👽"),
            Map.entry("größe", "10"));

    private static Expansion expand(String word) {
        return new WordExpander('\\', name -> Optional.ofNullable(VARIABLES.get(name))).expand(word, RANGE);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '~',
            value = {
                "${FULL-d}${EMPTY-d}${NONE-d}     ~ valued",
                "${FULL:-d}${EMPTY:-e}${NONE:-f}  ~ valueef",
                "${FULL+a}${EMPTY+b}${NONE+c}     ~ ab",
                "${FULL:+a}${EMPTY:+b}${NONE:+c}  ~ a",
                "${FULL?e}${EMPTY?e}              ~ value",
                "${NONE:-\"a b\"}                 ~ a b",
                "${NONE:-'$FULL'}                 ~ $FULL",
                "${NONE:-a\\}b}                   ~ a}b",
                "${NONE:-${NONE:-${FULL}}}!       ~ value!",
                "${FULL:-${NONE:?never asked}}    ~ value",
                "${NONE:+${NONE:?never asked}}!   ~ !",
                "$größe-$FULL_                    ~ 10-",
                "$FULL$                           ~ value$",
                "a$%b                             ~ a$%b",
            })
    void substitutes(String word, String expected) {
        assertThat(expand(word).text()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '~',
            value = {
                "${PATH#*/}                  ~ usr/local/bin",
                "${PATH##*/}                 ~ bin",
                "${PATH#/usr}                ~ /local/bin",
                "${PATH#bin}                 ~ /usr/local/bin",
                "${PATH#*}                   ~ /usr/local/bin",
                "${PATH##*}x                 ~ x",
                "${PATH#?????}               ~ local/bin",
                "${FILE%.*}                  ~ archive.tar",
                "${FILE%%.*}                 ~ archive",
                "${FILE%.gz}                 ~ archive.tar",
                "${FILE%x}                   ~ archive.tar.gz",
                "${FILE%%[a]*}               ~ archive.tar.gz",
                "${STARS#a\\*}               ~ **b*",
                "${STARS%%\\**\\*}           ~ a",
                "${PATH#$NONE}               ~ /usr/local/bin",
                "${NONE#x}!                  ~ !",
                "${ROCKET#?}                 ~ 🚀👽",
                "${ROCKET%?}                 ~ 🖖🚀",
                "${PATH/$OTHER/}             ~ /usr/bin",
                "${PATH/l*l/L}               ~ /usr/L/bin",
                "${PATH/?/x}                 ~ xusr/local/bin",
                "${PATH//\\//:}              ~ :usr:local:bin",
                "${PATH/\\/usr/\\/x}         ~ \\/x/local/bin",
                "${SLASHES//tmp/t}           ~ /t/t/x",
                "${SLASHES//m/$0$1}          ~ /tp/tp/x",
                "${FULL///-}                 ~ -v-a-l-u-e-",
                "${FULL//*/-}                ~ -",
                "${EMPTY//*/-}               ~ -",
                "${FULL//z/-}                ~ value",
                "${STARS//\\*/+}             ~ a+++b+",
                "${SLASHES//t*t/x}           ~ /xmp/x",
            })
    void trimsAndReplaces(String word, String expected) {
        assertThat(expand(word).text()).isEqualTo(expected);
    }

    @Test
    void patternsStayWithinALine() {
        assertThat(expand("${LINES##*b}").text()).isEqualTo("\nab");
        assertThat(expand("${LINES//a*/x}").text()).isEqualTo("x\nx");
        assertThat(expand("${LINES//*b/x}").text()).isEqualTo("x\nx");
        assertThat(expand("${LINES//b*c/x}").text()).isEqualTo("ab\nab");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '~',
            nullValues = "-",
            value = {
                "$SPACED             ~ one,two",
                "a$SPACED            ~ a,one,two",
                "a${SPACED}b         ~ a,one,two,b",
                "a\"$SPACED\"b       ~ a  one  two b",
                "' a '  b            ~ ` a ,b`",
                "a\\ b c             ~ a b,c",
                "${NONE:-a b}c       ~ a,bc",
                "a \"\" b            ~ a,b",
            })
    void splitsIntoWords(String word, String expected) {
        assertThat(expand(word).words()).containsExactly(expected.split(","));
    }

    @Test
    void nothingHasNoWords() {
        assertThat(expand("").words()).isEmpty();
        assertThat(expand("$NONE \"\"").words()).isEmpty();
        assertThat(expand("$SPACED").text()).isEqualTo("  one  two ");
    }

    @Test
    void tellsWhichVariablesWereUsedAndWhichWereMissed() {
        Expansion expansion = expand("$FULL ${A} ${B:-b} ${C:+$D} ${EMPTY:-$E} ${F#x} '$G' \\$H ${PATH:-$I} $1");

        assertThat(expansion.used()).containsExactlyInAnyOrder("FULL", "EMPTY", "PATH");
        assertThat(expansion.undefined()).containsExactlyInAnyOrder("A", "E", "F", "1");
    }

    @Test
    void escapeCharacterIsTheFilesOwn() {
        WordExpander expander = new WordExpander('`', name -> Optional.ofNullable(VARIABLES.get(name)));

        assertThat(expander.expand("C:\\$FULL`$FULL\"`\"\\\"", RANGE).text()).isEqualTo("C:\\value$FULL\"\\");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '~',
            value = {
                "a'b             ~ There is no closing ' for '",
                "a\"b$FULL       ~ There is no closing \" for \"",
                "${FULL          ~ There is no closing } for ${",
                "${              ~ There is no closing } for ${",
                "${FULL:         ~ There is no closing } for ${",
                "${FULL:-a       ~ There is no closing } for ${",
                "${FULL/a}       ~ There is no closing / for ${",
                "${FULL/a/b      ~ There is no closing } for ${",
                "${}             ~ There is no variable name after ${",
                "${:-a}          ~ There is no variable name after ${",
                "${.}            ~ There is no operator \".\" for the variable \"\"",
                "${FULL^^}       ~ There is no operator \"^\" for the variable \"FULL\"",
                "${FULL:=a}      ~ There is no operator \":=\" for the variable \"FULL\"",
                "${FULL:#a}      ~ There is no operator \":#\" for the variable \"FULL\"",
                "${NONE?}        ~ The variable \"NONE\" is not set.",
                "${EMPTY:?}      ~ The variable \"EMPTY\" is empty.",
                "${NONE:?say $FULL} ~ The variable \"NONE\" is not set: \"say value\".",
                "${FULL#\\x}     ~ There is a backslash with nothing to escape in the pattern \"\\x\"",
            })
    void faultNamesPlaceAndProblem(String word, String problem) {
        assertThatThrownBy(() -> expand(word)).isInstanceOfSatisfying(DockerfileException.class, fault -> {
            assertThat(fault).hasMessageStartingWith("Dockerfile:7: " + problem);
            assertThat(fault.hint()).endsWith(".");
            assertThat(fault.range()).isEqualTo(RANGE);
        });
    }

    @Test
    void nestingIsBounded() {
        String deepest = nested(WordExpander.MAXIMUM_DEPTH);
        assertThat(expand(deepest).text()).isEqualTo("x");

        for (int depth : new int[] {WordExpander.MAXIMUM_DEPTH + 1, 1_000_000}) {
            assertThatThrownBy(() -> expand(nested(depth)))
                    .isInstanceOf(DockerfileException.class)
                    .hasMessageContaining("more than 100 levels");
        }
        assertThatThrownBy(() -> expand("${a:-".repeat(1_000_000))).isInstanceOf(DockerfileException.class);
        assertThatThrownBy(() -> expand("${a/".repeat(1_000_000))).isInstanceOf(DockerfileException.class);
    }

    private static String nested(int depth) {
        return "${NONE:-".repeat(depth) + "x" + "}".repeat(depth);
    }

    @Test
    void lengthIsBounded() {
        String large = "x".repeat(1_000_000);
        WordExpander expander = new WordExpander('\\', name -> Optional.of(large));

        assertThat(expander.expand("$a".repeat(16), RANGE).text()).hasSize(16_000_000);
        assertThatThrownBy(() -> expander.expand("$a".repeat(1_000_000), RANGE))
                .isInstanceOf(DockerfileException.class)
                .hasMessageContaining("more than 16777216 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${a#*a*a*a*a*a*a*a*a*b}",
                "${a%%a*a*a*a*a*a*a*a*b*}",
                "${a//a*a*a*a*a*b/x}",
                "${a//*b/x}",
                "${a/a*b/x}",
            })
    void patternsThatTemptToTryEverythingDont(String word) {
        String value = "a".repeat(300_000);
        WordExpander expander = new WordExpander('\\', name -> Optional.of(value));

        assertThat(expander.expand(word, RANGE).text()).isEqualTo(value);
    }
}
