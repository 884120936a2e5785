package io.metalimages.rack.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PrefixTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.16.0/22,   10.0.16.0/22",
        "10.0.17.2/22,   10.0.16.0/22",
        "10.0.17.2,      10.0.17.2/32",
        "0.0.0.0/0,      0.0.0.0/0",
        "255.0.0.0/8,    255.0.0.0/8",
        "::/0,           0:0:0:0:0:0:0:0/0",
        "2001:db8::1/64, 2001:db8:0:0:0:0:0:0/64",
    })
    void isReadAndWritten(String text, String written) {
        assertThat(Prefix.parse(text)).hasToString(written).isEqualTo(Prefix.parse(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.0/", "name/8", ""})
    void whatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> Prefix.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.16.0/22, 10.0.19.255, true",
        "10.0.16.0/22, 10.0.20.0, false",
        "10.0.16.0/22, 10.0.16.0/21, false",
        "0.0.0.0/0, 10.0.16.0/21, true",
        "0.0.0.0/0, ::1, false",
        "::/0, 2001:db8::/64, true",
    })
    void containsWhatIsInIt(String prefix, String other, boolean contained) {
        assertThat(Prefix.parse(prefix).contains(Prefix.parse(other))).isEqualTo(contained);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.16.0/22, 1, 10.0.19.254",
        "10.1.0.0/24, 3, 10.1.0.252",
        "10.1.0.7, 0, 10.1.0.7",
        "255.255.255.0/24, 0, 255.255.255.255",
        "2001:db8::/64, 1, 2001:db8:0:0:ffff:ffff:ffff:fffe",
        "::/126, 2, 0:0:0:0:0:0:0:1",
    })
    void addressesAreCountedFromItsEnd(String prefix, int number, String address) {
        assertThat(Prefix.parse(prefix).beforeLast(number).getHostAddress()).isEqualTo(address);
    }
}
