package io.metalimages.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class DisplayTextTest {

    @Test
    void readsLinesAsTheyWouldBeReadOnTerminal() {
        assertThat(DisplayText.line("plain text, äöü, 漢字")).isEqualTo("plain text, äöü, 漢字");
        assertThat(DisplayText.line("a\tb")).isEqualTo("a       b");
        assertThat(DisplayText.line("漢\tb")).isEqualTo("漢      b");
        assertThat(DisplayText.line("first\rsecond")).isEqualTo("second");
        assertThat(DisplayText.line("first\rsecond\r")).isEqualTo("second");
        assertThat(DisplayText.line("\u001b[1;31mred\u001b[m and \u009b5mblinking"))
                .isEqualTo("red and blinking");
        assertThat(DisplayText.line("\u001b]8;;http://example.org\u001b\\link\u001b]8;;\u001b\\"))
                .isEqualTo("link");
        assertThat(DisplayText.line("\u001b(B\u001b=\u001bcreset")).isEqualTo("reset");
        assertThat(DisplayText.line("cut off \u001b[38;5")).isEqualTo("cut off");
        assertThat(DisplayText.line("cut off \u001b]0;title")).isEqualTo("cut off");
        assertThat(DisplayText.line("\u0000\u0007\u0008\u200b\u202e\u2066\u2028x"))
                .isEqualTo("x");
    }

    @Test
    void leavesNothingThatControlsTerminal() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String pieces = "\u001b[]()#?;:0189mKJHhl\\\u0007\r\n\t\b\u009b\u009d\u009c \u202e\ud83d\ude80x漢";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int count = random.nextInt(30); count > 0; count--) {
                text.append(pieces.charAt(random.nextInt(pieces.length())));
            }
            String line = DisplayText.line(text.toString());
            assertThat(line.codePoints()
                            .noneMatch(codePoint -> Character.isISOControl(codePoint)
                                    || Character.getType(codePoint) == Character.FORMAT
                                    || Character.getType(codePoint) == Character.SURROGATE))
                    .as("seed %d: %s", seed, text)
                    .isTrue();
        }
    }

    @Test
    void countsColumns() {
        assertThat(DisplayText.columns("")).isZero();
        assertThat(DisplayText.columns("abc…│█▸")).isEqualTo(7);
        assertThat(DisplayText.columns("漢字、ｱｲ한ＡＢ")).isEqualTo(14);
        assertThat(DisplayText.columns("e\u0301")).isEqualTo(1);
        assertThat(DisplayText.columns("🚀")).isEqualTo(2);
    }

    @Test
    void fitsTextIntoColumns() {
        assertThat(DisplayText.fitted("abcdef", 6, "…")).isEqualTo("abcdef");
        assertThat(DisplayText.fitted("abcdef", 5, "…")).isEqualTo("abcd…");
        assertThat(DisplayText.fitted("ab cdef", 4, "…")).isEqualTo("ab…");
        assertThat(DisplayText.fitted("漢字漢字", 6, "…")).isEqualTo("漢字…");
        assertThat(DisplayText.fitted("🚀🚀🚀", 4, "…")).isEqualTo("🚀…");
        assertThat(DisplayText.fitted("abcdef", 5, "...")).isEqualTo("ab...");
        assertThat(DisplayText.fitted("abcdef", 2, "...")).isEmpty();
        assertThat(DisplayText.fitted("abcdef", 0, "…")).isEmpty();
    }
}
