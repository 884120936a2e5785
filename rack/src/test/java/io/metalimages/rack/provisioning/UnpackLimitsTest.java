package io.metalimages.rack.provisioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class UnpackLimitsTest {

    private static final long MIB = 1 << 20;

    private static UnpackLimits limits(long compressed, long free) {
        return new UnpackLimits("img.tar.lz4", compressed, free, Path.of("/work"));
    }

    @Test
    void smallImageMayBeMostlyPadding() {
        assertThatCode(() -> limits(1000, 1 << 30).require(64 * MIB)).doesNotThrowAnyException();
    }

    @Test
    void moreThanFiftyTimesTheTarballIsRefused() {
        assertThatCode(() -> limits(100 * MIB, 1L << 40).require(64 * MIB + 5000 * MIB))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> limits(100 * MIB, 1L << 40).require(64 * MIB + 5000 * MIB + 1))
                .isInstanceOf(FaultException.class)
                .hasMessage(
                        "img.tar.lz4 was not unpacked: it takes more than 5,309 MB, over 50 times its 104.9 MB, as no "
                                + "image does.");
    }

    @Test
    void diskIsNotFilled() {
        assertThatThrownBy(() -> limits(1000 * MIB, 2_000_000_000L).require(2_000_000_001L))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.remedy().orElseThrow()).contains("METAL_IMAGES_STATE"))
                .hasMessage(
                        "img.tar.lz4 was not unpacked: it takes more than the 3,073 MB that are free in /work, less "
                                + "1,073 MB for others.");
    }
}
