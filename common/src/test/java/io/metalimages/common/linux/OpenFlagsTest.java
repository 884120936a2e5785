package io.metalimages.common.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenFlagsTest {

    private static final OpenFlags GENERIC = new OpenFlags(0200000, 0400000);
    private static final OpenFlags SWAPPED = new OpenFlags(040000, 0100000);

    @ParameterizedTest
    @ValueSource(strings = {"amd64", "riscv64", "s390x", "loongarch64"})
    void mostArchitecturesHaveTheGenericNumbers(String architecture) {
        assertThat(OpenFlags.of(architecture)).isEqualTo(GENERIC);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aarch64", "arm", "ppc64le"})
    void someHaveNumbersOfTheirOwn(String architecture) {
        assertThat(OpenFlags.of(architecture)).isEqualTo(SWAPPED);
    }

    /** What means one thing here is direct access or a large file there, so neither would be refused. */
    @Test
    void noNumberMeansTheSameOnBoth() {
        assertThat((GENERIC.directory() | GENERIC.noFollow()) & (SWAPPED.directory() | SWAPPED.noFollow()))
                .isZero();
    }
}
