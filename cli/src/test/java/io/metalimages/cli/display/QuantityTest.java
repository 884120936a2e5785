package io.metalimages.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class QuantityTest {

    @Test
    void sizes() {
        assertThat(Quantity.bytes(0)).isEqualTo("0 B");
        assertThat(Quantity.bytes(999)).isEqualTo("999 B");
        assertThat(Quantity.bytes(41_230)).isEqualTo("41.2 kB");
        assertThat(Quantity.bytes(999_949)).isEqualTo("999.9 kB");
        assertThat(Quantity.bytes(999_999)).isEqualTo("1.0 MB");
        assertThat(Quantity.bytes(460_100_000)).isEqualTo("460.1 MB");
        assertThat(Quantity.bytes(1_433_000_000)).isEqualTo("1,433.0 MB");
        assertThat(Quantity.megabytes(1_433_499_999)).isEqualTo("1,433");
    }

    @Test
    void times() {
        assertThat(Quantity.took(Duration.ofMillis(40))).isEqualTo("0.0 s");
        assertThat(Quantity.took(Duration.ofMillis(59_949))).isEqualTo("59.9 s");
        assertThat(Quantity.took(Duration.ofMillis(59_950))).isEqualTo("1:00");
        assertThat(Quantity.took(Duration.ofMillis(151_400))).isEqualTo("2:31");
        assertThat(Quantity.took(Duration.ofSeconds(3751))).isEqualTo("1:02:31");
        assertThat(Quantity.since(Duration.ofMillis(59_999))).isEqualTo("59 s");
        assertThat(Quantity.since(Duration.ofSeconds(60))).isEqualTo("1:00");
    }

    @Test
    void sharesAreWholeOnlyWhenTheyAre() {
        assertThat(Quantity.share(0, 0)).isEqualTo("0 %");
        assertThat(Quantity.share(0, 10_000)).isEqualTo("0 %");
        assertThat(Quantity.share(1, 10_000)).isEqualTo("1 %");
        assertThat(Quantity.share(9_999, 10_000)).isEqualTo("99 %");
        assertThat(Quantity.share(10_000, 10_000)).isEqualTo("100 %");
    }

    @Test
    void counts() {
        assertThat(Quantity.count(1, "step")).isEqualTo("1 step");
        assertThat(Quantity.count(11_203, "block")).isEqualTo("11,203 blocks");
    }
}
