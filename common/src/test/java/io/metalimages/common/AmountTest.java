package io.metalimages.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AmountTest {

    @Test
    void unitsOfSizesAre1024OfTheOneBefore() {
        assertThat(Amount.bytes("--size", "100b")).isEqualTo(100);
        assertThat(Amount.bytes("--size", "3k")).isEqualTo(3 * 1024);
        assertThat(Amount.bytes("--size", "512M")).isEqualTo(512L * 1024 * 1024);
        assertThat(Amount.bytes("--size", "999999999g")).isEqualTo(999_999_999L << 30);
    }

    @Test
    void minutesAreNoMebibytes() {
        assertThat(Amount.duration("--time", "90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Amount.duration("--time", "2m")).isEqualTo(Duration.ofMinutes(2));
        assertThat(Amount.duration("--time", "12H")).isEqualTo(Duration.ofHours(12));
        assertThat(Amount.duration("--time", "60d")).isEqualTo(Duration.ofDays(60));
    }

    @Test
    void numbersHaveNoUnit() {
        assertThat(Amount.count("--processes", "4096")).isEqualTo(4096);
        assertThatThrownBy(() -> Amount.count("--processes", "4k"))
                .hasMessage("--processes 4k is not a number such as 4096.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0m", "512", "m", "-1m", "+1m", "1.5g", "1 g", "1gb", "1d", "01m", "1000000000b", "١m"})
    void whatIsNoSizeIsRefused(String text) {
        assertThatThrownBy(() -> Amount.bytes("--size", text))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                .hasMessage("--size " + text + " is not a size such as 512m or 40g.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"60", "1k", "1w", "0s", "1h30m"})
    void whatIsNoTimeIsRefused(String text) {
        assertThatThrownBy(() -> Amount.duration("--time", text))
                .hasMessage("--time " + text + " is not a time such as 30m, 12h or 60d.");
    }
}
