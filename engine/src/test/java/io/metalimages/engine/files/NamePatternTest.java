package io.metalimages.engine.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {

    @ParameterizedTest
    @CsvSource({
        "*, anything, true",
        "a*, a, true",
        "*a, ba, true",
        "*a*b, xaxxb, true",
        "*a*b, xaxxc, false",
        "*ab*ab, abxab, true",
        "a?c, aéc, true",
        "?, 🐧, true",
        "a?c, ac, false",
        "[a-c]x, bx, true",
        "[a-c]x, dx, false",
        "[^a-c]x, dx, true",
        "[\\]]x, ]x, true",
        "\\*, *, true",
        "\\*, a, false",
        "{a}, {a}, true",
        "**, abc, true",
        "abc, abcd, false",
    })
    void matchesAsGoDoes(String pattern, String name, boolean expected) throws Exception {
        assertThat(NamePattern.parse(pattern).matches(name)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a[", "[]", "[]a]", "[-a]", "[a-]", "[a", "a\\", "[^", "[\\"})
    void refusesWhatHasNoEnd(String pattern) {
        assertThatThrownBy(() -> NamePattern.parse(pattern)).isInstanceOf(NamePattern.MalformedException.class);
    }

    /** Going back to every star in turn would take longer than the universe is old. */
    @Test
    void doesNotGoBackToEveryStar() throws Exception {
        NamePattern pattern = NamePattern.parse("*a".repeat(100) + "b");
        assertThat(pattern.matches("a".repeat(255))).isFalse();
        assertThat(pattern.matches("a".repeat(200) + "b")).isTrue();
    }
}
