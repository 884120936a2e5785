package io.metalimages.rack;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.rack.provisioning.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestRunTest {

    private static final Path LAYOUTS = Path.of("../rack/layouts");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            FABRIC | default | 0 | boot by kexec, checks, without leaf1, without leaf2
            USER   | default | 1 | boot by kexec, checks, reboot by UEFI, checks again
            USER   | default | 3 | boot by kexec, checks, reboot by UEFI, checks again, reboot by UEFI 2, checks after reboot 2, reboot by UEFI 3, checks after reboot 3
            USER   | raid1   | 0 | boot by kexec, checks, without /dev/vda, without /dev/vdb
            """)
    void phasesFollowTheNumberOfReboots(ImageTest.Network network, String layout, int reboots, String phases)
            throws IOException {
        assertThat(TestRun.phases(
                        network, Layout.read(LAYOUTS.resolve(layout + ".yaml")), new ImageTest.Extent(reboots, false)))
                .isEqualTo(List.of(phases.split(", ")));
    }

    /** A phase is found by its name. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 12})
    void noTwoPhasesHaveOneName(int reboots) throws IOException {
        assertThat(TestRun.phases(
                        ImageTest.Network.FABRIC,
                        Layout.read(LAYOUTS.resolve("raid1.yaml")),
                        new ImageTest.Extent(reboots, true)))
                .doesNotHaveDuplicates()
                .hasSize(7 + 2 * reboots);
    }

    /** The last boot with all disks is the one that is measured. */
    @Test
    void baselineIsMeasuredBetweenRebootsAndLostDisks() throws IOException {
        assertThat(TestRun.phases(
                        ImageTest.Network.USER,
                        Layout.read(LAYOUTS.resolve("raid1.yaml")),
                        new ImageTest.Extent(1, true)))
                .containsSubsequence("checks again", "baseline", "without /dev/vda");
    }
}
