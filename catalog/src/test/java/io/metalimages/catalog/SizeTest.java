package io.metalimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SizeTest {

    @ParameterizedTest
    @CsvSource({"0, 0 B", "999, 999 B", "1000, 1.0 kB", "999949, 999.9 kB", "999950, 1.0 MB", "462600000, 462.6 MB"})
    void isReadable(long bytes, String text) {
        assertThat(new Size(bytes)).hasToString(text.replace(' ', '\u00a0'));
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000, ±0", "2500, 1000, +1.5 kB", "1000, 2500, −1.5 kB"})
    void differenceHasASign(long now, long before, String text) {
        assertThat(new Size(now).since(new Size(before))).isEqualTo(text.replace(' ', '\u00a0'));
    }
}
